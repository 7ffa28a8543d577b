// Shapes: which boxes a picture has, before it is known how wide they are. A shape holds parallel arrays, node 0 is the
// root, parents stand before their children:
//   { count, parent, frame, source, of }
//   source  the heaviest node of the data that went into the node (for its category and rule)
//   of      node of the data -> node of the shape, DROPPED when its stacks are not shown; null = the same number
// Each transform makes a new shape in one pass over the old one, without recursion. Cost O(nodes).
import { NONE } from "./data.js";
import { PairTable } from "./table.js";

export const DROPPED = NONE;

export function dataShape(data) {
  const { count, parent, frame } = data.nodes;
  const shape = { count, parent, frame, source: null, of: null };
  return data.unnamed?.includes(1) ? uniteUnnamed(data, shape) : shape;
}

// Collects the nodes of a new shape; nodes of equal parent and frame are one. Looking for an equal one is what costs:
// append() is for children of a node that nothing else was put together with, child() for all others.
class Shaper {
  constructor(capacity, rootFrame, rootSource) {
    this.parent = new Uint32Array(capacity);
    this.frame = new Uint32Array(capacity);
    this.source = new Uint32Array(capacity);
    this.table = new PairTable();
    this.frame[0] = rootFrame;
    this.source[0] = rootSource;
    this.count = 1;
  }
  child(parent, frame, source) {
    const node = this.table.take(parent, frame, this.count);
    return node === this.count ? this.append(parent, frame, source) : node;
  }
  append(parent, frame, source) {
    const node = this.count++;
    if (node === this.parent.length) this.grow();
    this.parent[node] = parent;
    this.frame[node] = frame;
    this.source[node] = source;
    return node;
  }
  grow() {
    for (const name of ["parent", "frame", "source"]) {
      const wider = new Uint32Array(this.parent.length * 2);
      wider.set(this[name]);
      this[`${name}Wide`] = wider;
    }
    Object.assign(this, { parent: this.parentWide, frame: this.frameWide, source: this.sourceWide });
  }
  finish(of) {
    const { count } = this;
    return {
      count,
      parent: this.parent.slice(0, count),
      frame: this.frame.slice(0, count),
      source: this.source.slice(0, count),
      of,
    };
  }
}

// The stacks from the outermost call of the function on; all others go. `root`: the function itself is the root.
function focus(shape, keyOf, sourceOf, key, root) {
  const { count, parent, frame } = shape;
  let first = NONE;
  for (let n = 1; n < count && first === NONE; n++) if (keyOf(frame[n]) === key) first = n;
  const made = new Shaper(count, root && first !== NONE ? frame[first] : frame[0], root && first !== NONE ? sourceOf(first) : sourceOf(0));
  const map = new Uint32Array(count).fill(DROPPED);
  for (let n = 1; n < count; n++) {
    if (map[parent[n]] !== DROPPED) map[n] = made.child(map[parent[n]], frame[n], sourceOf(n));
    else if (keyOf(frame[n]) === key) map[n] = root ? 0 : made.child(0, frame[n], sourceOf(n));
  }
  return [made, map];
}

// The stacks that hold the function go, with their weight.
function hide(shape, keyOf, sourceOf, key) {
  const { count, parent, frame } = shape;
  const made = new Shaper(count, frame[0], sourceOf(0));
  const map = new Uint32Array(count).fill(DROPPED);
  map[0] = 0;
  for (let n = 1; n < count; n++)
    if (map[parent[n]] !== DROPPED && keyOf(frame[n]) !== key) map[n] = made.append(map[parent[n]], frame[n], sourceOf(n));
  return [made, map];
}

// From nodes that others are put together with to all nodes below them.
function spreadDown(parent, mixed) {
  for (let n = 1; n < mixed.length; n++) mixed[n] |= mixed[parent[n]];
  return mixed;
}

// The function disappears into its callers: its own weight is theirs, and what it calls they call.
function merge(shape, keyOf, sourceOf, key) {
  const { count, parent, frame } = shape;
  const made = new Shaper(count, frame[0], sourceOf(0));
  const map = new Uint32Array(count);
  const mixed = new Uint8Array(count);
  for (let n = 1; n < count; n++) if (keyOf(frame[n]) === key) mixed[parent[n]] = 1;
  spreadDown(parent, mixed);
  for (let n = 1; n < count; n++) {
    const p = parent[n];
    if (keyOf(frame[n]) === key) map[n] = map[p];
    else map[n] = mixed[p] ? made.child(map[p], frame[n], sourceOf(n)) : made.append(map[p], frame[n], sourceOf(n));
  }
  return [made, map];
}

// For each node the one above it that it becomes part of, or NONE: the outermost call of the function that stands above
// another call of it, whatever stands between; without a key, the caller of the same name, whichever it is.
function collapsesInto(shape, keyOf, key) {
  const { count, parent, frame } = shape;
  const into = new Uint32Array(count).fill(NONE);
  const every = key === null || key === undefined || key === NONE;
  const outer = every ? null : new Uint32Array(count).fill(NONE);
  for (let n = 1; n < count; n++) {
    const p = parent[n];
    const own = keyOf(frame[n]);
    if (every) {
      if (p !== 0 && keyOf(frame[p]) === own) into[n] = p;
      continue;
    }
    outer[n] = outer[p];
    if (own !== key) continue;
    if (outer[p] === NONE) outer[n] = n;
    else into[n] = outer[p];
  }
  return into;
}

function collapse(shape, keyOf, sourceOf, key) {
  const { count, parent, frame } = shape;
  const made = new Shaper(count, frame[0], sourceOf(0));
  const map = new Uint32Array(count);
  const into = collapsesInto(shape, keyOf, key);
  const mixed = new Uint8Array(count);
  for (let n = 1; n < count; n++) if (into[n] !== NONE) mixed[into[n]] = 1;
  spreadDown(parent, mixed);
  for (let n = 1; n < count; n++) {
    const p = parent[n];
    if (into[n] !== NONE) map[n] = map[into[n]];
    else map[n] = mixed[p] ? made.child(map[p], frame[n], sourceOf(n)) : made.append(map[p], frame[n], sourceOf(n));
  }
  return [made, map];
}

const OPERATIONS = {
  focus: (shape, keyOf, sourceOf, key) => focus(shape, keyOf, sourceOf, key, false),
  callees: (shape, keyOf, sourceOf, key) => focus(shape, keyOf, sourceOf, key, true),
  hide,
  merge,
  collapse,
};

// Of two executions, boxes whose names are addresses become one where they stand side by side in the same module: else
// whatever they call would be new in one and gone in the other.
function uniteUnnamed(data, shape) {
  const { unnamed, keys } = data;
  const { count, parent, frame } = shape;
  const made = new Shaper(count, frame[0], 0);
  const map = new Uint32Array(count);
  const mixed = new Uint8Array(count);
  for (let n = 1; n < count; n++) if (unnamed[frame[n]]) mixed[parent[n]] = 1;
  spreadDown(parent, mixed);
  for (let n = 1; n < count; n++) {
    const own = unnamed[frame[n]] && keys.of[frame[n]] !== NONE ? keys.frame[keys.of[frame[n]]] : frame[n];
    map[n] = mixed[parent[n]] ? made.child(map[parent[n]], own, n) : made.append(map[parent[n]], own, n);
  }
  return made.finish(map);
}

// One transform after another: [{ op: "focus|hide|merge|collapse|callees", key }].
export function transform(data, shape, transforms) {
  const keys = data.keys.of;
  const keyOf = (frame) => (frame < keys.length ? keys[frame] : NONE);
  for (const { op, key } of transforms) {
    const operation = OPERATIONS[op];
    if (!operation) throw new Error(`There is no transform "${op}".`);
    const { source } = shape;
    const [made, map] = operation(shape, keyOf, (n) => (source ? source[n] : n), key);
    let of = map;
    if (shape.of) {
      of = new Uint32Array(shape.of.length);
      for (let n = 0; n < of.length; n++) of[n] = shape.of[n] === DROPPED ? DROPPED : map[shape.of[n]];
    }
    shape = made.finish(of);
  }
  return shape;
}

// Who calls the function: it is the root, its callers stand below it, the weight of each of its outermost calls counts
// once. Merging many deep stacks upwards is not bounded by the number of nodes, so it ends after `steps` frames: what
// is left then stays at the function itself (`cut` weights, heaviest calls first, so it is the least).
//   sums  total of each node of the shape, one array a set
export function callers(data, shape, sums, key, steps = 20_000_000) {
  const { count, parent, frame } = shape;
  const keys = data.keys.of;
  const sourceOf = (n) => (shape.source ? shape.source[n] : n);
  const call = new Uint32Array(count).fill(NONE); // outermost call that the node belongs to
  const ends = new Uint32Array(count).fill(DROPPED); // of an outermost call: where its chain of callers ends
  const calls = [];
  for (let n = 1; n < count; n++) {
    call[n] = call[parent[n]];
    if (call[n] !== NONE || frame[n] >= keys.length || keys[frame[n]] !== key) continue;
    call[n] = n;
    calls.push(n);
  }
  const heavy = Uint32Array.from(calls).sort((a, b) => sums[0][b] - sums[0][a] || a - b);
  const root = heavy.length ? heavy[0] : 0;
  const made = new Shaper(1024, frame[root], sourceOf(root));
  let cut = 0;
  for (const n of heavy) {
    let at = 0;
    if (steps > 0) {
      for (let p = parent[n]; p !== 0; p = parent[p], steps--) at = made.child(at, frame[p], sourceOf(p));
    } else if (parent[n] !== 0) {
      cut += sums[0][n];
    }
    ends[n] = at;
  }
  const of = new Uint32Array(data.nodes.count);
  for (let d = 0; d < of.length; d++) {
    const n = shape.of ? shape.of[d] : d;
    of[d] = n === DROPPED || call[n] === NONE ? DROPPED : ends[call[n]];
  }
  return { ...made.finish(of), cut };
}
