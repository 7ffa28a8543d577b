// A flame graph as typed arrays, built from the data and a view in O(nodes + weights) and without recursion.
//
//   view = { sets: 0 | 1 | "both", threads: Set<number> | null, category: name | null, transforms: [{ op, key }],
//            order: "heavy" | "name" | "time", callersOf: key | null, calleesOf: key | null }     every member may be left out
//
//   Tree { count, parent, firstChild, childCount, depth, x, total, self, base, head, baseSelf, headSelf, frame, category,
//          node, maxDepth, levels, weight, whole, shareWhole, partial, order, grouped, cut }
//   x, total, self  in the data's unit; with two sets at once the mean of both shares, so that a box of either is seen
//   base, head      with two sets: weight of the box in each set, in the data's unit; else null
//   weight          of the root;  whole: of the set (or 1 with two sets), what shares are shares of
//   node            node of the data that gave the box its category; `category` 255 = none
//   levels[d]..levels[d+1]  boxes of depth d, in ascending order of x. Box 0 is the root. Children are contiguous.
//   partial         made of the heaviest nodes alone, before all weights were there: threads and categories are not
//                   chosen yet
//   grouped > 1     time order is exact between groups of so many entries only
//   cut             weight whose callers are not shown (callersOf of very many deep stacks), in the data's unit
// Invariants: children of a box never weigh more than it; the root is never more than the whole.
import { NONE, NO_CATEGORY } from "./data.js";
import { place, sumUp, timeline } from "./layout.js";
import { DROPPED, callers, dataShape, transform } from "./shape.js";

// Weight that each node of the shape has of its own, one array for each chosen set.
function selfWeights(data, shape, sets, pass) {
  const at = (n) => (shape.of ? shape.of[n] : n);
  return sets.map((set) => {
    const self = new Float64Array(shape.count);
    if (!data.complete) {
      const { count, parent, total } = data.nodes;
      const rest = Float64Array.from(total[set].subarray(0, count));
      for (let n = 1; n < count; n++) rest[parent[n]] -= total[set][n];
      for (let n = 0; n < count; n++) if (at(n) !== DROPPED) self[at(n)] += Math.max(0, rest[n]);
      return self;
    }
    const { count, node } = data.rows;
    const value = data.rows.value[set];
    if (!shape.of && pass === everything) {
      for (let row = 0; row < count; row++) self[node[row]] += value[row];
      return self;
    }
    for (let row = 0; row < count; row++) {
      const n = at(node[row]);
      if (n !== DROPPED && pass(row)) self[n] += value[row];
    }
    return self;
  });
}

const everything = () => true;

// Which weights count: those of the chosen threads and category.
function passing(data, view) {
  const { thread, category } = data.rows;
  const threads = data.complete ? (view.threads ?? null) : null;
  const chosen = data.complete && view.category != null ? data.categoryIndex(view.category) : null;
  if (!threads && chosen === null) return everything;
  const allowed = new Uint8Array(data.head.threads.length + 1).fill(threads ? 0 : 1);
  for (const id of threads ?? []) if (id < allowed.length - 1) allowed[id] = 1;
  return (row) =>
    allowed[Math.min(thread[row], allowed.length - 1)] === 1 && (chosen === null || category[row] === chosen);
}

// Place of each frame in the order of names, made once for the data.
function nameRanks(data) {
  if (data.nameRanks) return data.nameRanks;
  const { keys, frames } = data;
  const names = Array.from(keys.frame, (frame) => data.text(frames.func[frame]));
  const byName = Uint32Array.from(names.keys()).sort((a, b) => (names[a] < names[b] ? -1 : names[a] > names[b] ? 1 : a - b));
  const rankOfKey = new Uint32Array(keys.count);
  byName.forEach((key, rank) => (rankOfKey[key] = rank));
  data.nameRanks = Uint32Array.from(keys.of, (key) => rankOfKey[key]);
  return data.nameRanks;
}

function leftOf(data, shape, total, order) {
  if (order !== "name") return (a, b) => total[a] > total[b];
  const rank = nameRanks(data);
  const { frame } = shape;
  const rankOf = (n) => (frame[n] < rank.length ? rank[frame[n]] : NONE);
  return (a, b) => rankOf(a) < rankOf(b) || (rankOf(a) === rankOf(b) && total[a] > total[b]);
}

// The part of each box that is not its children's.
function selfOf(placed, total) {
  const self = Float64Array.from(total);
  for (let n = 1; n < placed.count; n++) self[placed.parent[n]] -= total[n];
  for (let n = 0; n < placed.count; n++) if (self[n] < total[n] * 1e-12) self[n] = 0;
  return self;
}

function pick(values, old) {
  const picked = new Float64Array(old.length);
  for (let n = 0; n < old.length; n++) picked[n] = values[old[n]];
  return picked;
}

function ofRows(data, placed, shape) {
  const now = new Uint32Array(shape.count).fill(DROPPED);
  for (let n = 0; n < placed.count; n++) now[placed.old[n]] = n;
  const of = new Uint32Array(data.nodes.count);
  for (let d = 0; d < of.length; d++) {
    const n = shape.of ? shape.of[d] : d;
    of[d] = n === DROPPED ? DROPPED : now[n];
  }
  return of;
}

class Tree {
  constructor(data, shape, placed, more) {
    const { old, count } = placed;
    this.data = data;
    this.count = count;
    for (const name of ["parent", "firstChild", "childCount", "depth", "x", "total", "levels"]) this[name] = placed[name];
    this.maxDepth = placed.levels.length - 2;
    this.weight = placed.total[0];
    this.frame = new Uint32Array(count);
    this.category = new Uint8Array(count);
    this.node = new Uint32Array(count);
    const { category } = data.nodes;
    for (let n = 0; n < count; n++) {
      const node = shape.source ? shape.source[old[n]] : old[n];
      this.frame[n] = shape.frame[old[n]];
      this.node[n] = node;
      this.category[n] = node < category.length ? category[node] : NO_CATEGORY;
    }
    Object.assign(this, { base: null, head: null, baseSelf: null, headSelf: null, grouped: 1, cut: 0 }, more);
    this.totalsMade = null;
  }

  // Share of the whole that a box is, 0..1; null where the whole is not known to be anything.
  share(n) {
    return this.whole > 0 ? Math.min(1, this.total[n] / this.whole) : null;
  }

  // With two sets: share in the head less share in the base; null where either set is empty.
  change(n) {
    const [base, head] = this.wholes ?? [0, 0];
    return base > 0 && head > 0 ? Math.min(1, this.head[n] / head) - Math.min(1, this.base[n] / base) : null;
  }

  // Boxes from the root to n.
  path(n) {
    const path = [n];
    while (n !== 0) path.push((n = this.parent[n]));
    return path.reverse();
  }

  // Frames of the path to n, without the root's, which name a box from one tree to another.
  frames(n) {
    return this.path(n).slice(1).map((box) => this.frame[box]);
  }

  // The box that such frames lead to, as far as they do; with several of the kind the heaviest.
  find(frames) {
    let at = 0;
    for (const frame of frames) {
      let next = -1;
      const end = this.firstChild[at] + this.childCount[at];
      for (let n = this.firstChild[at]; n < end; n++)
        if (this.frame[n] === frame && (next < 0 || this.total[n] > this.total[next])) next = n;
      if (next < 0) break;
      at = next;
    }
    return at;
  }

  // Each function once: { count, key, self, total, base, head, category, box }, heaviest first. A total counts
  // recursion once. box: the function's heaviest box.
  get totals() {
    return (this.totalsMade ??= functionTotals(this));
  }

  // Memory held by the arrays.
  get bytes() {
    const held = new Set(Object.values(this).filter((value) => ArrayBuffer.isView(value)));
    return [...held].reduce((sum, array) => sum + array.byteLength, 0);
  }
}

// Calls enter(box) and leave(box) in the order of a walk from the root.
export function walkTree(tree, enter, leave) {
  const { parent, firstChild, childCount, count } = tree;
  let n = 0;
  if (count === 0) return;
  for (;;) {
    enter(n);
    if (childCount[n] > 0) {
      n = firstChild[n];
      continue;
    }
    for (;;) {
      leave(n);
      if (n === 0) return;
      const p = parent[n];
      if (n + 1 < firstChild[p] + childCount[p]) {
        n++;
        break;
      }
      n = p;
    }
  }
}

const ORDER_BITS = 21;

// The functions that `box` names, heaviest first. A weight and its function fit into one number, which sorts without a
// comparison of our own; beyond two million functions they do not.
function heaviestFirst(total, box) {
  let count = 0;
  for (let k = 0; k < box.length; k++) if (box[k] !== NONE) count++;
  const key = new Uint32Array(count);
  count = 0;
  for (let k = 0; k < box.length; k++) if (box[k] !== NONE) key[count++] = k;
  if (box.length >= 2 ** ORDER_BITS) return key.sort((a, b) => total[b] - total[a] || a - b);
  const bits = new Uint32Array(Float32Array.from(key, (k) => total[k]).buffer);
  const packed = new Float64Array(count);
  for (let i = 0; i < count; i++) packed[i] = (NONE - bits[i]) * 2 ** ORDER_BITS + key[i];
  packed.sort();
  for (let i = 0; i < count; i++) key[i] = packed[i] % 2 ** ORDER_BITS;
  return key;
}

function chosen(values, key, Type) {
  if (!values) return null;
  const list = new Type(key.length);
  for (let i = 0; i < key.length; i++) list[i] = values[key[i]];
  return list;
}

function functionTotals(tree) {
  const { data, frame, total, self, base, head } = tree;
  const size = data.keys.count;
  const { of } = data.keys;
  const open = new Uint32Array(size);
  const sums = { self: new Float64Array(size), total: new Float64Array(size), base: null, head: null };
  if (base) Object.assign(sums, { base: new Float64Array(size), head: new Float64Array(size) });
  const box = new Uint32Array(size).fill(NONE);
  const category = new Uint8Array(size).fill(NO_CATEGORY);
  const enter = (n) => {
    const key = frame[n] < of.length ? of[frame[n]] : NONE;
    if (key === NONE) return;
    sums.self[key] += self[n];
    if (open[key]++ > 0) return;
    sums.total[key] += total[n];
    if (base) {
      sums.base[key] += base[n];
      sums.head[key] += head[n];
    }
    if (box[key] !== NONE && total[n] <= total[box[key]]) return;
    box[key] = n;
    category[key] = tree.category[n];
  };
  const leave = (n) => {
    const key = frame[n] < of.length ? of[frame[n]] : NONE;
    if (key !== NONE) open[key]--;
  };
  walkTree(tree, enter, leave);
  const key = heaviestFirst(sums.total, box);
  const made = { count: key.length, key, category: chosen(category, key, Uint8Array), box: chosen(box, key, Uint32Array) };
  for (const name of ["self", "total", "base", "head"]) made[name] = chosen(sums[name], key, Float64Array);
  return made;
}

// With two sets a box is as wide as the mean of its shares; a set without weight leaves the other's share alone.
function meanOfShares(wholes) {
  const parts = wholes.filter((whole) => whole > 0).length;
  const [a, b] = wholes.map((whole) => (whole > 0 ? 1 / (whole * parts) : 0));
  return (base, head) => base * a + head * b;
}

function treeInTime(data, shape, view, set, pass) {
  const { count, row, weight } = data.order;
  const nodes = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const n = data.rows.node[row[i]];
    nodes[i] = pass(row[i]) ? (shape.of ? shape.of[n] : n) : DROPPED;
  }
  const placed = timeline(shape, nodes, weight, view.boxes);
  return new Tree(data, shape, placed, {
    self: selfOf(placed, placed.total),
    whole: Math.max(data.head.sets[set].total, placed.total[0]),
    partial: false,
    order: "time",
    of: null,
    ofEntry: placed.of,
    set,
    pass,
    grouped: placed.grouped,
  });
}

// The boxes of a view. Throws an Error with a sentence for a transform that does not exist.
export function buildTree(data, view = {}) {
  const both = view.sets === "both" && data.head.sets.length === 2;
  const sets = both ? [0, 1] : [view.sets === 1 && data.head.sets.length === 2 ? 1 : 0];
  const transforms = [...(view.transforms ?? [])];
  if (view.calleesOf != null) transforms.push({ op: "callees", key: view.calleesOf });
  const pass = passing(data, view);
  let shape = transform(data, dataShape(data), transforms);
  const order = view.order === "time" && data.order && !both && data.complete && view.callersOf == null ? "time" : view.order === "name" ? "name" : "heavy";
  if (order === "time") return treeInTime(data, shape, view, sets[0], pass);
  let selfs = selfWeights(data, shape, sets, pass);
  if (view.callersOf != null) {
    const sums = selfs.map((self) => sumUp(shape.count, shape.parent, self));
    shape = callers(data, shape, sums, view.callersOf, view.steps);
    selfs = selfWeights(data, shape, sets, pass);
  }
  const sums = selfs.map((self) => sumUp(shape.count, shape.parent, self));
  const wholes = sets.map((set, i) => Math.max(data.head.sets[set].total, sums[i][0]));
  const weigh = both ? meanOfShares(wholes) : null;
  const width = both ? sums[0].map((base, n) => weigh(base, sums[1][n])) : sums[0];
  // The data come heaviest first; that order stands as long as nothing was taken out or put together.
  const asTheyCome = order === "heavy" && !shape.of && pass === everything && data.head.sets.length === 1;
  const placed = place(shape, width, asTheyCome ? null : leftOf(data, shape, width, order));
  const more = {
    self: selfOf(placed, placed.total),
    whole: both ? 1 : wholes[0],
    wholes: both ? wholes : null,
    partial: !data.complete,
    order,
    of: ofRows(data, placed, shape),
    ofEntry: null,
    set: both ? null : sets[0],
    pass,
    weigh,
    cut: shape.cut ?? 0,
  };
  if (both) {
    more.base = pick(sums[0], placed.old);
    more.head = pick(sums[1], placed.old);
    more.baseSelf = pick(selfs[0], placed.old);
    more.headSelf = pick(selfs[1], placed.old);
  }
  return new Tree(data, shape, placed, more);
}
