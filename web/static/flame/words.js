// Numbers in words: two significant digits with their amount, shares with their 95 % interval, and what free CPU could
// bring. Pure functions; nothing here touches the page.
//
// Wilson's interval of x of n at z = 1.959964: (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n); n is the number of
// samples that are worth something as independent ones (head.neff), not the number recorded. Example: p = 0.5, n = 100
// gives 0.4038 to 0.5962.

const Z = 1.959964;

export function wilson(share, n) {
  if (!(n >= 1) || !Number.isFinite(share)) return null;
  const p = Math.min(1, Math.max(0, share));
  const z2 = (Z * Z) / n;
  const middle = (p + z2 / 2) / (1 + z2);
  const half = (Z * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n))) / (1 + z2);
  return { lo: Math.max(0, middle - half), est: p, hi: Math.min(1, middle + half) };
}

// 0.0304 -> "3.0", 0.41 -> "41", 0.99 -> "99", 0.999 -> "99.9"; what is not quite all never reads as all.
function percentDigits(share) {
  const value = share * 100;
  if (value === 0) return "0";
  if (value < 0.01) return "<0.01";
  if (value < 1) return value.toPrecision(value < 0.1 ? 1 : 2);
  if (value < 10) return value.toFixed(1);
  if (value > 99 && value < 100) return (Math.floor(value * 10) / 10).toFixed(1);
  return value.toFixed(0);
}

export const percent = (share) => (share === null || share === undefined ? "not known" : `${percentDigits(share)} %`);

export function interval(range) {
  if (!range) return "interval not known";
  const lo = percentDigits(range.lo);
  const hi = percentDigits(range.hi);
  return `${lo}..${hi} %`;
}

export const shareWords = (share, range) => `${percent(share)} (${interval(range)})`;

function digits(value, most = 2) {
  if (most > 2) return String(Number(value.toPrecision(most)));
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en");
  if (size >= 9.95) return value.toFixed(0);
  return value.toPrecision(2);
}

const scales = {
  seconds: [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]],
  bytes: [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"], [1, "bytes"]],
};

// An amount in the file's unit, in seconds where the file says what a unit is worth.
// most: significant digits, two unless told.
export function amount(value, head, most = 2) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "not known";
  const seconds = head.unit === "seconds" ? 1 : head.seconds_per_unit;
  const unit = seconds ? "seconds" : head.unit;
  const real = seconds ? value * seconds : value;
  const sign = real < 0 ? "−" : "";
  const size = Math.abs(real);
  if (size === 0) return unit === "seconds" ? "0 s" : `0 ${unit}`;
  if (unit === "seconds" && size >= 7200) return `${sign}${digits(size / 3600, most)} h`;
  const scale = scales[unit];
  if (!scale) {
    const whole = Number.isInteger(size) || size >= 100 ? Math.round(size).toLocaleString("en") : size.toPrecision(3);
    return `${sign}${whole} ${size === 1 && unit === "samples" ? "sample" : unit}`;
  }
  const [step, name] = scale.find(([from]) => size >= from) ?? scale[scale.length - 1];
  return `${sign}${digits(size / step, most)} ${name}`;
}

// Both the seconds and the count of a recorder that counts: "1.8 s, 178 samples".
export function amountBoth(value, head) {
  const words = amount(value, head);
  if (head.unit === "samples" && head.seconds_per_unit) return `${words}, ${Math.round(value).toLocaleString("en")} samples`;
  return words;
}

export function factor(value) {
  if (!Number.isFinite(value)) return "without limit";
  if (value >= 100) return `${Math.round(value).toLocaleString("en")}x`;
  if (value >= 9.95) return `${value.toFixed(0)}x`;
  if (value >= 1.995) return `${value.toFixed(1)}x`;
  return `${value.toFixed(value < 1.1 ? 3 : 2)}x`;
}

// What the whole gains at most if a part of its CPU took no time: 1 / (1 - share of CPU * CPU share of the whole), each
// end of the interval from the ends of both. share: {lo, est, hi} or {est}; whole: head.whole.
export function ceiling(share, whole) {
  if (!share || !whole?.cpu_share) return null;
  const cpu = whole.cpu_share;
  const limit = (a, b) => (a === undefined || a === null || b === undefined || b === null ? null : 1 / Math.max(0, 1 - Math.min(1, a * b)));
  return { lo: limit(share.lo, cpu.lo), est: limit(share.est, cpu.est ?? (cpu.lo + cpu.hi) / 2), hi: limit(share.hi, cpu.hi) };
}

export function ceilingWords(limit) {
  if (limit.lo === null || limit.hi === null) return `about ${factor(limit.est)} as fast (interval not known)`;
  const lo = factor(limit.lo);
  const hi = factor(limit.hi);
  if (!Number.isFinite(limit.hi) || limit.hi > 1e6) return `at most ${lo} as fast, or any number of times: nearly all of the time is this`;
  return lo === hi ? `at most ${hi} as fast` : `at most ${lo} to ${hi} as fast`;
}

// What a rewrite can touch of a category, from its addressable range.
export function touchWords(category) {
  if (isWait(category.class) || category.class === "idle") return "none";
  const lo = category.addressable_lo;
  const hi = category.addressable_hi;
  if (lo === null || lo === undefined || hi === null || hi === undefined) return "not known";
  if (hi === 0) return "none";
  if (lo === 1) return "all";
  if (lo === hi) return `${Math.round(lo * 100)} %`;
  return `${Math.round(lo * 100)} to ${Math.round(hi * 100)} %`;
}

export const isWait = (klass) => klass === "wait" || klass === "internal_wait";
export const isCpu = (klass) => klass === "managed" || klass === "runtime" || klass === "serde" || klass === "native" || klass === "kernel" || klass === "spin";

export const clockWords = {
  cpu: "CPU time: waiting is not in this picture",
  wall: "wall clock: computing and waiting",
  off: "time off the processor: waiting only",
  unknown: "it is not known whether waiting is in this picture",
};

// What shares are shares of.
export function ofWords(head) {
  if (head.unit !== "seconds" && !head.seconds_per_unit) return `the ${head.unit}`;
  if (head.clock === "cpu") return "the CPU time";
  return head.clock === "off" ? "the waiting" : head.overlapping ? "the process's time" : "the time";
}

// Where requests overlap a share of the process's time is no share of a request; null where that cannot be mistaken.
export const busyWords = (head) =>
  head.overlapping && head.clock !== "cpu" && head.clock !== "off" ? "Shares are of the process's time: they follow how many requests there are at once, and say nothing of one request." : null;

export const bytesWords = (n) => (n >= 1e6 ? `${(n / 1e6).toFixed(1)} MB` : n >= 1e3 ? `${Math.round(n / 1e3)} kB` : `${n} bytes`);
