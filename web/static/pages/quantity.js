// A quantity as one line of text, the same as src/report/editor.h says: 2, 18..24, 18..21..24, p10 18 p90 24. An empty
// line is not known: undefined, never 0.

const exponents = { "%": "e-2", k: "e3", M: "e6" };

function number(text) {
  const all = text.trim();
  if (all === "") throw new Error("a number is missing");
  const exponent = exponents[all.at(-1)] ?? "";
  const digits = exponent ? all.slice(0, -1).trim() : all;
  if (digits.includes(",")) throw new Error(`'${all}': write 1500 or 1.5, without a comma`);
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(digits) ? Number(digits + exponent) : NaN;
  if (!Number.isFinite(value)) throw new Error(`'${all}' is no number; want 2, a range 18..24, or 18..21..24`);
  return value;
}

// The numbers of a text and what they are: {kind: "none|one|range|likely|p10", numbers}.
export function parts(text) {
  const all = text.trim();
  if (all === "") return { kind: "none", numbers: [] };
  if (all.startsWith("p10")) {
    const both = all.match(/^p10(.*?)[ ,]*p90(.*)$/);
    if (!both) throw new Error("want p10 and p90, as p10 18 p90 24");
    return { kind: "p10", numbers: [number(both[1]), number(both[2])] };
  }
  const numbers = all.split("..").map(number);
  if (numbers.length > 3) throw new Error("too many numbers; want at most lowest..likely..highest");
  return { kind: ["one", "range", "likely"][numbers.length - 1], numbers };
}

export function join({ kind, numbers }) {
  if (kind === "none") return "";
  return kind === "p10" ? `p10 ${numbers[0]} p90 ${numbers[1]}` : numbers.join("..");
}

// Text -> the member of the document.
export function read(text) {
  const { kind, numbers } = parts(text);
  if (kind === "none") return undefined;
  if (kind === "one") return numbers[0];
  if (kind === "range") return { lo: numbers[0], hi: numbers[1] };
  if (kind === "likely") return { lo: numbers[0], mode: numbers[1], hi: numbers[2] };
  return { p10: numbers[0], p90: numbers[1] };
}

// The member -> text; "" for what is absent or of another shape.
export function show(value) {
  const is = (x) => typeof x === "number" && Number.isFinite(x);
  if (is(value)) return String(value);
  if (value === null || typeof value !== "object") return "";
  if (is(value.lo) && is(value.hi)) return is(value.mode) ? `${value.lo}..${value.mode}..${value.hi}` : `${value.lo}..${value.hi}`;
  return is(value.p10) && is(value.p90) ? `p10 ${value.p10} p90 ${value.p90}` : "";
}
