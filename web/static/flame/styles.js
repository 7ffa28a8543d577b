// Which colour a box has in each mode: a small palette made once for data, tree, mode and theme, and a number into it
// for each box. No DOM.
//   category  by what the time was (class of the category; waiting hatched). A box whose function had no time of its own
//             is pale, in the colour of more than half of what it led to
//   module    a stable hue for each module
//   thread    the thread that has more than half of the box; grey = several
//   change    two sets: orange where the share grew, blue where it shrank, grey within noise
import { NONE } from "./data.js";
import { CHANGE_STEPS, changeColour, classColour, hashColour, hueColour, mixed, patternOf } from "./colours.js";
import { showable } from "./text.js";

const GROUPS_SHOWN = 8;
const SEVERAL = 255;
const PALE = 0.62;
const EVEN = 1e-6; // shares that differ by less are the same: weights are kept in 24 bits

// Shades inside a class, by the order of its categories: the first is the class' own colour.
function shadesOf(head, theme) {
  const seen = new Map();
  return head.categories.map(({ class: name }) => {
    const nth = seen.get(name) ?? 0;
    seen.set(name, nth + 1);
    return mixed(classColour(theme, name), theme.ground, Math.min(nth, 3) * 0.11);
  });
}

// For each box the group of rows (a thread, a category) that has more than half of it, as a number into `list`; SEVERAL
// where there is none, or only a group beyond the heaviest few. groupOf(row) -> group, NONE = in no group.
function majorities(data, tree, groupOf, groups) {
  const most = new Uint8Array(tree.count).fill(SEVERAL);
  const sums = new Float64Array(groups);
  if (tree.partial) return { most, list: [], sums };
  const { rows, order } = data;
  const timed = tree.ofEntry !== null;
  const count = timed ? order.count : rows.count;
  const box = new Uint32Array(count).fill(NONE);
  const weight = new Float32Array(count);
  const group = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const row = timed ? order.row[i] : i;
    group[i] = groupOf(row);
    if (group[i] >= groups) continue;
    box[i] = timed ? tree.ofEntry[i] : tree.pass(row) ? tree.of[rows.node[row]] : NONE;
    if (box[i] === NONE) continue;
    weight[i] = timed ? order.weight[i] : tree.set === null ? tree.weigh(rows.value[0][row], rows.value[1][row]) : rows.value[tree.set][row];
    sums[group[i]] += weight[i];
  }
  const list = [...sums.keys()].filter((id) => sums[id] > 0).sort((a, b) => sums[b] - sums[a] || a - b).slice(0, GROUPS_SHOWN);
  const nth = new Uint8Array(groups).fill(SEVERAL);
  list.forEach((id, k) => (nth[id] = k));
  const parts = list.map(() => new Float32Array(tree.count));
  for (let i = 0; i < count; i++) if (box[i] !== NONE && nth[group[i]] !== SEVERAL) parts[nth[group[i]]][box[i]] += weight[i];
  parts.forEach((part, k) => {
    for (let n = tree.count - 1; n > 0; n--) {
      part[tree.parent[n]] += part[n];
      if (part[n] > tree.total[n] / 2) most[n] = k;
    }
    if (part[0] > tree.total[0] / 2) most[0] = k;
  });
  return { most, list, sums };
}

function byCategory(data, tree, theme) {
  const colours = shadesOf(data.head, theme);
  const { categories } = data.head;
  const entries = categories.map((category, i) => ({
    id: category.name,
    label: category.words,
    rgb: colours[i],
    pattern: patternOf(category.class),
  }));
  const none = entries.push({ id: null, label: "no time of its own, and several kinds below", rgb: theme.plain, pattern: null }) - 1;
  categories.forEach((category, i) =>
    entries.push({ id: category.name, label: `leads to ${category.words}`, rgb: mixed(colours[i], theme.ground, PALE), pattern: null, below: true }),
  );
  let below = null; // made when a box asks for it
  const ledTo = (n) => {
    below ??= majorities(data, tree, (row) => data.rows.category[row], categories.length);
    return below.most[n] === SEVERAL ? NONE : below.list[below.most[n]];
  };
  // The category that a box is drawn in: its own, else what more than half of it led to; NONE = several.
  const categoryOf = (n) => (tree.category[n] < none ? tree.category[n] : ledTo(n));
  return {
    entries,
    categoryOf,
    of(n) {
      if (tree.category[n] < none) return tree.category[n];
      const led = n > 0 ? ledTo(n) : NONE;
      return led < none ? none + 1 + led : none;
    },
  };
}

// Modules that share a hue are one entry, named after the heaviest two.
function byModule(data, tree, theme) {
  const { frames, keys, nodes } = data;
  const groups = new Map(); // colour -> { rgb, names }
  const ofText = new Map(); // string of a module, or of a file where no module is known -> group
  const groupOf = (frame) => {
    const id = data.text(frames.module[frame]) === "" ? frames.file[frame] : frames.module[frame];
    let group = ofText.get(id);
    if (group) return group;
    const name = data.text(id);
    const rgb = hashColour(theme, name);
    group = groups.get(rgb.join()) ?? { rgb, names: [] };
    groups.set(rgb.join(), group);
    group.names.push(showable(name) || "module not known");
    ofText.set(id, group);
    return group;
  };
  const ofKey = new Array(keys.count);
  for (let n = 1; n < nodes.count; n++) {
    const key = data.keyOf(nodes.frame[n]);
    if (key !== NONE && !ofKey[key]) ofKey[key] = groupOf(nodes.frame[n]);
  }
  const named = ({ names }) => {
    const distinct = [...new Set(names)];
    return distinct.length <= 2 ? distinct.join(", ") : `${distinct[0]}, ${distinct[1]} and ${distinct.length - 2} more`;
  };
  const entries = [...groups.values()].map((group, i) => {
    group.number = i;
    return { id: `module-${i}`, label: named(group), rgb: group.rgb, pattern: null };
  });
  const none = entries.push({ id: null, label: "no function", rgb: theme.plain, pattern: null }) - 1;
  return { entries, of: (n) => ofKey[data.keyOf(tree.frame[n])]?.number ?? none };
}

// The thread with more than half of each box: { most: number into list or SEVERAL, list: [thread], sums }.
export function threadsOfBoxes(data, tree) {
  return majorities(data, tree, (row) => data.rows.thread[row], data.head.threads.length);
}

function byThread(data, tree, theme) {
  const { most, list } = threadsOfBoxes(data, tree);
  const entries = list.map((id, k) => ({ id, label: showable(data.head.threads[id].name ?? "") || `thread ${data.head.threads[id].tid ?? id}`, rgb: hueColour(theme, k + 1), pattern: null }));
  const none = entries.push({ id: null, label: "several threads, or a small one", rgb: theme.plain, pattern: null }) - 1;
  return { entries, of: (n) => (most[n] === SEVERAL ? none : most[n]) };
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

// All entries are there before of() is first asked.
// { entries: [{ id, label, rgb, pattern }], of(box) -> number into entries, mark?(box) -> "base" | "head" | null }
export function makeStyles(colour, data, tree, theme) {
  switch (colour) {
    case "module": return byModule(data, tree, theme);
    case "thread": return byThread(data, tree, theme);
    case "change": return byChange(data, tree, theme);
    default: return byCategory(data, tree, theme);
  }
}
