// From a shape and the weight of its nodes to boxes. In the result all boxes of one depth stand side by side, in
// ascending order of x, and the children of a box too: whatever a window shows of a row is found by halving.
//   place      children in the order wanted, packed from the left; self weight on the right
//   timeline   boxes in the order of the recording; each stretch of equal ancestors is a box of its own
import { DROPPED } from "./shape.js";

const BOXES_MAX = 2_000_000;

// total[n] = self[n] and everything below.
export function sumUp(count, parent, self) {
  const total = Float64Array.from(self);
  for (let n = count - 1; n > 0; n--) total[parent[n]] += total[n];
  return total;
}

function sortRange(list, from, to, before) {
  if (to - from > 24) {
    list.subarray(from, to).sort((a, b) => (before(a, b) ? -1 : 1));
    return;
  }
  for (let i = from + 1; i < to; i++) {
    const node = list[i];
    let at = i;
    while (at > from && before(node, list[at - 1])) {
      list[at] = list[at - 1];
      at--;
    }
    list[at] = node;
  }
}

// before(a, b): a stands left of b; null: the shape's own order is the one wanted. Boxes without weight are left out.
// Returns { count, old: number in the shape, parent, firstChild, childCount, depth, x, total, levels }.
export function place(shape, total, before) {
  const { parent, count: nodes } = shape;
  const start = new Uint32Array(nodes + 1);
  let count = 1;
  for (let n = 1; n < nodes; n++) {
    if (!(total[n] > 0)) continue;
    count++;
    start[parent[n] + 1]++;
  }
  for (let n = 0; n < nodes; n++) start[n + 1] += start[n];
  const list = new Uint32Array(count);
  const fill = start.slice(0, nodes);
  for (let n = 1; n < nodes; n++) if (total[n] > 0) list[fill[parent[n]]++] = n;
  if (before) {
    for (let n = 0; n < nodes; n++) {
      const to = start[n + 1];
      for (let i = start[n] + 1; i < to; i++) {
        if (!before(list[i], list[i - 1])) continue;
        sortRange(list, start[n], to, before);
        break;
      }
    }
  }
  return widthFirst(count, start, list, total);
}

function widthFirst(count, start, list, total) {
  const made = empty(count);
  const { old, parent, firstChild, childCount, depth, x } = made;
  let end = 1;
  for (let n = 0; n < count; n++) {
    const was = old[n];
    made.total[n] = total[was];
    firstChild[n] = end;
    childCount[n] = start[was + 1] - start[was];
    let at = x[n];
    for (let i = start[was]; i < start[was + 1]; i++, end++) {
      old[end] = list[i];
      parent[end] = n;
      depth[end] = depth[n] + 1;
      x[end] = at;
      at += total[list[i]];
    }
  }
  made.levels = levelsOf(depth, count);
  return made;
}

function empty(count) {
  return {
    count,
    old: new Uint32Array(count),
    parent: new Uint32Array(count),
    firstChild: new Uint32Array(count),
    childCount: new Uint32Array(count),
    depth: new Uint16Array(count),
    x: new Float64Array(count),
    total: new Float64Array(count),
    levels: null,
  };
}

// levels[d] .. levels[d + 1]: the boxes of depth d.
function levelsOf(depth, count) {
  const deepest = count ? depth[count - 1] : 0;
  const levels = new Uint32Array(deepest + 2);
  for (let n = 0; n < count; n++) levels[depth[n] + 1]++;
  for (let d = 0; d <= deepest; d++) levels[d + 1] += levels[d];
  return levels;
}

export function depthsOf(shape) {
  const depth = new Uint16Array(shape.count);
  for (let n = 1; n < shape.count; n++) depth[n] = depth[shape.parent[n]] + 1;
  return depth;
}

// Calls open(node of the shape, depth, time) and close(depth, time) as a walk through the entries asks for it.
function walk(shape, depth, nodes, weights, open, close, each) {
  const path = new Uint32Array(65536);
  const rising = new Uint32Array(65536);
  let deepest = 0; // path[0..deepest] is open; path[0] = the root
  let time = 0;
  for (let i = 0; i < nodes.length; i++) {
    let node = nodes[i];
    if (node === DROPPED || !(weights[i] > 0)) continue;
    let news = 0;
    while (depth[node] > deepest || path[depth[node]] !== node) {
      rising[news++] = node;
      node = shape.parent[node];
    }
    while (deepest > depth[node]) close(deepest--, time);
    while (news > 0) {
      path[++deepest] = rising[--news];
      open(path[deepest], deepest, time);
    }
    each?.(i, deepest);
    time += weights[i];
  }
  while (deepest > 0) close(deepest--, time);
  return time;
}

// Number of each node in a walk from the root, children in order: entries sorted by it share most ancestors.
function walkRanks(shape) {
  const size = new Uint32Array(shape.count).fill(1);
  for (let n = shape.count - 1; n > 0; n--) size[shape.parent[n]] += size[n];
  const rank = new Uint32Array(shape.count);
  const next = new Uint32Array(shape.count).fill(1);
  for (let n = 1; n < shape.count; n++) {
    const p = shape.parent[n];
    rank[n] = rank[p] + next[p];
    next[p] += size[n];
  }
  return rank;
}

// nodes[i], weights[i]: where the program was, in order of time. Where the boxes would be more than `most`, neighbouring
// entries are put into groups whose inner order is given up (`grouped` entries each); sums stay exact.
// Returns as place() does, and `of`: entry -> box it ends in (DROPPED: none), `grouped`.
export function timeline(shape, nodes, weights, most = BOXES_MAX) {
  const depth = depthsOf(shape);
  const entries = Uint32Array.from(nodes.keys());
  let grouped = 1;
  let ordered = { nodes, weights };
  const boxes = () => {
    let count = 1;
    walk(shape, depth, ordered.nodes, ordered.weights, () => count++, () => {});
    return count;
  };
  let count = boxes();
  if (count > most) {
    // As the boxes must become so much fewer, groups are at least so large; numbers that hold the rank and the entry
    // are sorted without a comparison of our own.
    const rank = walkRanks(shape);
    const keys = new Float64Array(nodes.length);
    for (grouped = 4; grouped * most < count; ) grouped *= 4;
    for (; ; grouped *= 4) {
      for (let i = 0; i < keys.length; i++) keys[i] = (nodes[i] === DROPPED ? 0 : rank[nodes[i]]) * keys.length + i;
      for (let at = 0; at < keys.length; at += grouped) keys.subarray(at, at + grouped).sort();
      for (let i = 0; i < keys.length; i++) entries[i] = keys[i] % keys.length;
      ordered = { nodes: entries.map((i) => nodes[i]), weights: Float32Array.from(entries, (i) => weights[i]) };
      count = boxes();
      if (count <= most || grouped >= nodes.length) break;
    }
  }
  return { ...emit(shape, depth, ordered, entries, count), grouped };
}

function emit(shape, depth, { nodes, weights }, entries, count) {
  // First in the order of the walk, then sorted by depth, which keeps the walk's order inside a depth.
  const box = { node: new Uint32Array(count), parent: new Uint32Array(count), depth: new Uint16Array(count), x: new Float64Array(count), end: new Float64Array(count) };
  const open = new Uint32Array(65536);
  const of = new Uint32Array(nodes.length).fill(DROPPED);
  let made = 1;
  box.end[0] = walk(shape, depth, nodes, weights,
    (node, at, time) => {
      box.node[made] = node;
      box.parent[made] = at === 1 ? 0 : open[at - 1];
      box.depth[made] = at;
      box.x[made] = time;
      open[at] = made++;
    },
    (at, time) => (box.end[open[at]] = time),
    (entry, at) => (of[entries[entry]] = at === 0 ? 0 : open[at]),
  );
  const tree = empty(count);
  tree.levels = levelsOfWalk(box.depth, count);
  const next = tree.levels.slice();
  const now = new Uint32Array(count);
  for (let b = 0; b < count; b++) now[b] = next[box.depth[b]]++;
  for (let b = 0; b < count; b++) {
    const n = now[b];
    tree.old[n] = box.node[b];
    tree.parent[n] = now[box.parent[b]];
    tree.depth[n] = box.depth[b];
    tree.x[n] = box.x[b];
    tree.total[n] = Math.max(0, box.end[b] - box.x[b]);
  }
  for (let n = count - 1; n > 0; n--) {
    tree.childCount[tree.parent[n]]++;
    tree.firstChild[tree.parent[n]] = n;
  }
  for (let entry = 0; entry < of.length; entry++) if (of[entry] !== DROPPED) of[entry] = now[of[entry]];
  return { ...tree, of };
}

function levelsOfWalk(depth, count) {
  let deepest = 0;
  for (let b = 0; b < count; b++) deepest = Math.max(deepest, depth[b]);
  const levels = new Uint32Array(deepest + 2);
  for (let b = 0; b < count; b++) levels[depth[b] + 1]++;
  for (let d = 0; d <= deepest; d++) levels[d + 1] += levels[d];
  return levels;
}
