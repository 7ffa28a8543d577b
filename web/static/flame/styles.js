// Which colour a box has in each mode: a small palette made once for data, tree, mode and theme, and a number into it
// for each box. No DOM.
//   category  by what the time was (class of the category; waiting hatched); pale where all of it is in what is called
//   module    a stable hue for each module
//   thread    the thread that has more than half of the box; grey = several
//   change    two sets: orange where the share grew, blue where it shrank, grey within noise
import { NONE, NO_CATEGORY } from "./data.js";
import { CHANGE_STEPS, changeColour, classColour, hashColour, hueColour, mixed, patternOf } from "./colours.js";
import { showable } from "./text.js";

const THREADS_SHOWN = 8;
const SEVERAL = 255;
const PALE = 0.62;
const EVEN = 1e-6; // shares that differ by less are the same: weights are kept in 24 bits

// Shades inside a class, by the order of its categories: the first is the class' own colour.
function shadesOf(head, theme) {
  const seen = new Map();
  return head.categories.map(({ class: name }) => {
    const nth = seen.get(name) ?? 0;
    seen.set(name, nth + 1);
    return mixed(classColour(theme, name), theme.ground, Math.min(nth, 3) * 0.13);
  });
}

// For each box the category that most of its weight ends in, from box to box upwards: every box hands on its heaviest one
// and how much that is, which is exact for what has most of a picture.
function categoryAbove(tree) {
  const { count, firstChild, childCount, self, category } = tree;
  const above = new Uint8Array(count).fill(NO_CATEGORY);
  const much = new Float32Array(count);
  const sums = new Float64Array(NO_CATEGORY + 1);
  const take = (n, code, weight) => {
    if (code === NO_CATEGORY || !(weight > 0)) return;
    sums[code] += weight;
    if (sums[code] > much[n]) {
      above[n] = code;
      much[n] = sums[code];
    }
  };
  for (let n = count - 1; n >= 0; n--) {
    const end = firstChild[n] + childCount[n];
    take(n, category[n], self[n]);
    for (let c = firstChild[n]; c < end; c++) take(n, above[c], much[c]);
    sums[category[n]] = 0;
    for (let c = firstChild[n]; c < end; c++) sums[above[c]] = 0;
  }
  return above;
}

// First one entry a category, then a pale one each for boxes that are only on the way to it.
function byCategory(data, tree, theme) {
  const colours = shadesOf(data.head, theme);
  const entry = (category, rgb, pattern) => ({ id: category.name, label: category.words, rgb, pattern });
  const entries = data.head.categories.map((category, i) => entry(category, colours[i], patternOf(category.class)));
  const own = entries.length;
  data.head.categories.forEach((category, i) => entries.push(entry(category, mixed(colours[i], theme.ground, PALE), null)));
  const none = entries.push({ id: null, label: "not classified", rgb: theme.plain, pattern: null }) - 1;
  const above = categoryAbove(tree);
  return { entries, of: (n) => (tree.category[n] < own ? tree.category[n] : n > 0 && above[n] < own ? own + above[n] : none) };
}

function byModule(data, tree, theme) {
  const entries = [];
  const index = new Map();
  const ofKey = new Uint16Array(data.keys.count).fill(65535);
  const entryOf = (frame) => {
    const own = frame < data.frames.count;
    const name = own ? data.text(data.frames.module[frame]) || data.text(data.frames.file[frame]) : "";
    const rgb = hashColour(theme, name);
    const same = rgb.join();
    if (!index.has(same)) index.set(same, entries.push({ id: same, label: showable(name) || "module not known", rgb, pattern: null }) - 1);
    return index.get(same);
  };
  return {
    entries,
    of(n) {
      const key = data.keyOf(tree.frame[n]);
      if (key === NONE) return entryOf(NONE);
      if (ofKey[key] === 65535) ofKey[key] = entryOf(tree.frame[n]);
      return ofKey[key];
    },
  };
}

// The thread with more than half of each box, as a number into `list`; SEVERAL where there is none.
export function threadsOfBoxes(data, tree) {
  const thread = new Uint8Array(tree.count).fill(SEVERAL);
  const { rows, order } = data;
  const timed = tree.ofEntry !== null;
  const entries = timed ? order.count : rows.count;
  const set = tree.set ?? null;
  const rowOf = (i) => (timed ? order.row[i] : i);
  const boxOf = (i) => (timed ? tree.ofEntry[i] : tree.pass(i) ? tree.of[rows.node[i]] : NONE);
  const weightOf = (i) => (timed ? order.weight[i] : set === null ? tree.weigh(rows.value[0][i], rows.value[1][i]) : rows.value[set][i]);
  const sums = new Float64Array(data.head.threads.length);
  if (!tree.partial)
    for (let i = 0; i < entries; i++) {
      const id = rows.thread[rowOf(i)];
      if (id < sums.length && boxOf(i) !== NONE) sums[id] += weightOf(i);
    }
  const list = [...sums.keys()].filter((id) => sums[id] > 0).sort((a, b) => sums[b] - sums[a] || a - b).slice(0, THREADS_SHOWN);
  list.forEach((id, k) => {
    const part = new Float64Array(tree.count);
    for (let i = 0; i < entries; i++) {
      const box = rows.thread[rowOf(i)] === id ? boxOf(i) : NONE;
      if (box !== NONE) part[box] += weightOf(i);
    }
    for (let n = tree.count - 1; n > 0; n--) part[tree.parent[n]] += part[n];
    for (let n = 0; n < tree.count; n++) if (part[n] > tree.total[n] / 2) thread[n] = k;
  });
  return { thread, list, sums };
}

function byThread(data, tree, theme) {
  const { thread, list } = threadsOfBoxes(data, tree);
  const entries = list.map((id, k) => ({ id, label: showable(data.head.threads[id].name ?? "") || `thread ${data.head.threads[id].tid ?? id}`, rgb: hueColour(theme, k + 1), pattern: null }));
  const none = entries.push({ id: null, label: "several threads, or a small one", rgb: theme.plain, pattern: null }) - 1;
  return { entries, of: (n) => (thread[n] === SEVERAL ? none : thread[n]) };
}

// Half of the 95 % interval of the difference of two shares; null where it is not known how many samples they rest on.
function noiseOf(head) {
  const sizes = head.sets.map((set) => set.neff ?? head.neff);
  if (sizes.some((size) => !(size > 0))) return null;
  return (base, now) => 1.96 * Math.sqrt((base * (1 - base)) / sizes[0] + (now * (1 - now)) / sizes[1]);
}

// The change of a box: { base, head, delta: shares; noise: half interval or null; within: bool; only: "base" | "head" | null }.
export function changeOf(data, tree, n) {
  const [baseWhole, headWhole] = tree.wholes ?? [0, 0];
  if (!(baseWhole > 0 && headWhole > 0)) return null;
  const base = Math.min(1, tree.base[n] / baseWhole);
  const head = Math.min(1, tree.head[n] / headWhole);
  const noise = noiseOf(data.head)?.(base, head) ?? null;
  const delta = head - base;
  const only = base === 0 && head > 0 ? "head" : head === 0 && base > 0 ? "base" : null;
  return { base, head, delta, noise, within: Math.abs(delta) < EVEN || (noise !== null && Math.abs(delta) <= noise), only };
}

function byChange(data, tree, theme) {
  const entries = [];
  for (let step = -CHANGE_STEPS; step <= CHANGE_STEPS; step++) {
    const label = step === 0 ? (data.head.sets.length === 2 ? "no more than noise" : "nothing to compare with") : step < 0 ? "less than before" : "more than before";
    entries.push({ id: step, label, rgb: changeColour(theme, step / CHANGE_STEPS), pattern: null });
  }
  return {
    entries,
    of(n) {
      const change = changeOf(data, tree, n);
      if (!change || change.within) return CHANGE_STEPS;
      const relative = change.delta / (change.base + change.head);
      const step = Math.max(1, Math.ceil(Math.min(1, Math.abs(relative) * 1.5) * CHANGE_STEPS));
      return CHANGE_STEPS + Math.sign(relative) * step;
    },
    mark(n) {
      return changeOf(data, tree, n)?.only ?? null;
    },
  };
}

// { entries: [{ id, label, rgb, pattern }], of(box) -> number into entries, mark?(box) -> "base" | "head" | null }
export function makeStyles(colour, data, tree, theme) {
  switch (colour) {
    case "module": return byModule(data, tree, theme);
    case "thread": return byThread(data, tree, theme);
    case "change": return byChange(data, tree, theme);
    default: return byCategory(data, tree, theme);
  }
}
