// Which boxes of a tree a window shows, with their pixels. A row is found by halving, and what is narrower than half a
// pixel is skipped by halving too, so the cost is bounded by the pixels of a row and not by its boxes.

export const NARROW = 0.5; // pixels
const STRIP = 1; // pixels; what is narrower goes into strips of about this width

// Boxes of the rows of a window: parallel arrays, row by row. span 0 = a box; else a strip that stands for `span`
// narrower boxes, and `node` is the heaviest of them (of very many: one of the heavy ones).
export class BoxList {
  constructor() {
    this.capacity = 1024;
    this.node = new Uint32Array(this.capacity);
    this.span = new Uint32Array(this.capacity);
    this.left = new Float32Array(this.capacity);
    this.right = new Float32Array(this.capacity);
    this.style = new Uint16Array(this.capacity);
    this.clear();
  }
  clear() {
    this.count = 0;
    this.firstDepth = 0;
    this.rows = [0]; // rows[d - firstDepth] .. rows[d - firstDepth + 1]
  }
  add(node, span, left, right) {
    if (this.count === this.capacity) this.grow();
    const at = this.count++;
    this.node[at] = node;
    this.span[at] = span;
    this.left[at] = left;
    this.right[at] = right;
  }
  grow() {
    this.capacity *= 2;
    for (const name of ["node", "span", "left", "right", "style"]) {
      const wider = new this[name].constructor(this.capacity);
      wider.set(this[name]);
      this[name] = wider;
    }
  }
  isStrip(at) {
    return this.span[at] > 0;
  }
  // Range of a depth, empty where it is not shown.
  row(depth) {
    const i = depth - this.firstDepth;
    return i >= 0 && i + 1 < this.rows.length ? [this.rows[i], this.rows[i + 1]] : [0, 0];
  }
  // The box or strip under a pixel of a row; -1 = none.
  at(depth, pixel) {
    let [low, high] = this.row(depth);
    const end = high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.right[middle] > pixel) high = middle;
      else low = middle + 1;
    }
    return low < end && this.left[low] <= pixel ? low : -1;
  }
}

// First box of a level whose end lies behind `x`.
function firstBehind(tree, from, to, x) {
  const { x: start, total } = tree;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (start[middle] + total[middle] > x) to = middle;
    else from = middle + 1;
  }
  return from;
}

// The same, near `from`.
function nextBehind(tree, from, to, x) {
  const { x: start, total } = tree;
  let step = 1;
  let low = from;
  while (low + step < to && start[low + step] + total[low + step] <= x) {
    low += step;
    step *= 2;
  }
  return firstBehind(tree, low, Math.min(to, low + step + 1), x);
}

// The heaviest of some boxes, or nearly: of very many only some are looked at.
function heaviest(tree, from, to) {
  const { total } = tree;
  const stride = Math.max(1, (to - from) >> 5);
  let best = from;
  for (let n = from + stride; n < to; n += stride) if (total[n] > total[best]) best = n;
  return best;
}

function addRow(list, tree, depth, from, scale, width) {
  const { x, total, levels } = tree;
  const end = levels[depth + 1];
  const least = NARROW / scale;
  let strip = -1;
  let span = 0;
  let left = 0;
  let right = 0;
  const flush = (limit) => {
    if (strip >= 0) list.add(strip, span, left, Math.max(right, Math.min(limit, left + NARROW)));
    strip = -1;
  };
  for (let n = firstBehind(tree, levels[depth], end, from + least * 1e-6); n < end; ) {
    const start = (x[n] - from) * scale;
    if (start >= width - 1e-6) break;
    if (total[n] >= least) {
      flush(start);
      list.add(n, 0, Math.max(0, start), Math.min(width, start + total[n] * scale));
      n++;
      continue;
    }
    const next = Math.max(n + 1, nextBehind(tree, n, end, x[n] + least));
    if (strip >= 0 && (start - right > NARROW || right - left >= STRIP)) flush(start);
    const best = heaviest(tree, n, next);
    if (strip < 0) {
      strip = best;
      span = 0;
      left = Math.max(0, start);
    } else if (total[best] > total[strip]) {
      strip = best;
    }
    span += next - n;
    right = (x[next - 1] + total[next - 1] - from) * scale;
    n = next;
  }
  flush(width);
}

// Fills the list with the rows first..last of the part of the tree from x = from to `to`, over `width` pixels.
export function windowBoxes(list, tree, { from, to, width, first, last }) {
  list.clear();
  list.firstDepth = Math.max(0, first);
  const scale = to > from ? width / (to - from) : 0;
  for (let depth = list.firstDepth; depth <= Math.min(last, tree.maxDepth); depth++) {
    if (scale > 0) addRow(list, tree, depth, from, scale, width);
    list.rows.push(list.count);
  }
  return list;
}

// The deepest level that has a box between from and to; so high is the picture.
export function deepestIn(tree, from, to) {
  let depth = 0;
  const slack = (to - from) * 1e-9;
  while (depth < tree.maxDepth) {
    const end = tree.levels[depth + 2];
    const n = firstBehind(tree, tree.levels[depth + 1], end, from + slack);
    if (n >= end || tree.x[n] >= to - slack) break;
    depth++;
  }
  return depth;
}

// The deepest box, from `start` on, that holds all of from..to.
export function boxAround(tree, from, to) {
  let at = 0;
  const slack = (to - from) * 1e-9;
  for (;;) {
    const first = tree.firstChild[at];
    const end = first + tree.childCount[at];
    const n = firstBehind(tree, first, end, from + slack);
    if (n >= end || tree.x[n] > from + slack || tree.x[n] + tree.total[n] < to - slack) return at;
    at = n;
  }
}
