// Paints the boxes of a BoxList on a 2D context. Fills are written as pixels, one line for each row of boxes that is then
// copied downwards: tens of thousands of rectangles would take a canvas longer than a frame. Patterns and names, of which
// a window holds a few thousand at most, are drawn on top.
import { cssColour, contrast, dimmed, inkOn, mixed, softened, stripeOn } from "./colours.js";
import { lastPart } from "./text.js";

export const FONT_SIZE = 12;
export const FONT = `${FONT_SIZE}px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace`;
const PAD = 4;
const PATTERN_MIN = 7; // pixels; a pattern does not show on less
const LETTERS_MIN = 3;
const PLAIN = /^[\x20-\x7e]*$/;

// Ink of a box that stands back: as quiet as a contrast of 4.5 allows.
function quietInk(rgb) {
  const ink = inkOn(rgb);
  let quiet = ink;
  for (let share = 0.05; share < 0.6; share += 0.05) {
    const next = mixed(ink, rgb, share);
    if (contrast(next, rgb) < 4.6) break;
    quiet = next;
  }
  return quiet;
}

// How a box is painted, as a number: 4 x entry of the palette + these.
export const DIM = 1;
export const STRIP = 2; // narrower boxes: softer, without a pattern

// Fill and ink of an entry of a palette.
export function paintOf(entry, theme, state) {
  const pattern = state & STRIP ? null : entry.pattern;
  const rgb = state & DIM ? dimmed(theme, entry.rgb) : state & STRIP ? softened(theme, entry.rgb) : entry.rgb;
  return { fill: rgb, ink: state & DIM ? quietInk(rgb) : inkOn(rgb), stripe: pattern ? stripeOn(rgb) : null, pattern };
}

// Right edge of a box, in device pixels: boxes have a gap of one pixel behind them, strips and slivers have none.
export function endOf(from, right, ratio, strip) {
  const to = Math.round(right * ratio);
  return Math.max(!strip && to - from > 3 * ratio ? to - Math.max(1, Math.round(ratio)) : to, from + 1);
}

// A colour as a pixel of an ImageData (little-endian, as the data itself).
function pixelOf(rgb) {
  const [r, g, b] = rgb.map(Math.round);
  return (0xff000000 | (b << 16) | (g << 8) | r) >>> 0;
}

// One tile of a pattern, `ratio` device pixels a pixel. Lines of the SVG's patterns stand in svg.js.
function tile(context, kind, fill, stripe, ratio) {
  const size = Math.max(2, Math.round(8 * ratio));
  const canvas = context.canvas.ownerDocument.createElement("canvas");
  canvas.width = canvas.height = size;
  const c = canvas.getContext("2d");
  c.fillStyle = cssColour(fill);
  c.fillRect(0, 0, size, size);
  c.strokeStyle = c.fillStyle = cssColour(stripe);
  c.lineWidth = size / 5;
  c.beginPath();
  if (kind === "dots") {
    c.arc(size / 2, size / 2, size / 7, 0, 2 * Math.PI);
    c.fill();
  } else {
    const lines = kind === "steep" ? [[0.5, 0, 0.5, 1]] : kind === "falling" ? [[-0.5, -0.5, 1.5, 1.5], [-0.5, 0.5, 0.5, 1.5], [0.5, -0.5, 1.5, 0.5]] : [[-0.5, 1.5, 1.5, -0.5], [-0.5, 0.5, 0.5, -0.5], [0.5, 1.5, 1.5, 0.5]];
    for (const [x1, y1, x2, y2] of lines) {
      c.moveTo(x1 * size, y1 * size);
      c.lineTo(x2 * size, y2 * size);
    }
    c.stroke();
  }
  return canvas;
}

// Frames have a whole label, and a short one for boxes that it does not fit into.
export class Painter {
  constructor(context) {
    this.context = context;
    this.fonted = null;
  }

  setData(data) {
    this.data = data;
    this.labels = new Array(data.frames?.count ?? 0);
    this.shorts = new Array(data.frames?.count ?? 0);
    this.lines = data.head.merge === "line";
  }

  begin(theme, ratio, width, height) {
    const { context } = this;
    if (theme !== this.theme || ratio !== this.ratio) this.paints = new Map();
    Object.assign(this, { theme, ratio });
    const wide = Math.max(1, Math.round(width * ratio));
    const high = Math.max(1, Math.round(height * ratio));
    if (this.image?.width !== wide || this.image?.height !== high) {
      this.image = context.createImageData(wide, high);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    this.pixels.fill(pixelOf(theme.ground));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = FONT;
    context.textBaseline = "middle";
    context.direction = "ltr";
    this.letter ??= context.measureText("0".repeat(64)).width / 64;
  }

  line(frame) {
    return this.lines && this.data.frames.line[frame] > 0 ? `:${this.data.frames.line[frame]}` : "";
  }

  // What a box shows of a frame in `room` pixels.
  text(frame, room, mark = "") {
    if (!(frame < this.labels.length)) return this.fitted(this.data.name(frame), room);
    const label = mark + (this.labels[frame] ??= this.data.name(frame) + this.line(frame));
    if (label.length * this.letter <= room) return this.fitted(label, room);
    return this.fitted(mark + (this.shorts[frame] ??= lastPart(this.data.name(frame)) + this.line(frame)), room);
  }

  // The label, cut so that it fits into `room` pixels; "" when too little would be left. One width fits all plain
  // letters of the fixed-width font; others are measured.
  fitted(label, room) {
    const letters = Math.floor(room / this.letter);
    if (letters < LETTERS_MIN) return "";
    if (PLAIN.test(label.length > letters + 8 ? label.slice(0, letters + 8) : label))
      return label.length <= letters ? label : `${label.slice(0, letters - 1)}…`;
    const { context } = this;
    const signs = [...label.slice(0, letters * 2 + 2)];
    if (signs.length <= letters * 2 && signs.join("") === label && context.measureText(label).width <= room) return label;
    let low = 0;
    let high = signs.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (context.measureText(`${signs.slice(0, middle).join("")}…`).width <= room) low = middle;
      else high = middle - 1;
    }
    return low > 0 ? `${signs.slice(0, low).join("")}…` : "";
  }

  paint(styles, number) {
    const entry = styles.entries[number >> 2];
    const state = number & 3;
    let kept = this.paints.get(entry);
    if (!kept) this.paints.set(entry, (kept = []));
    if (kept[state]) return kept[state];
    const made = paintOf(entry, this.theme, state);
    let style = cssColour(made.fill);
    if (made.pattern) {
      style = this.context.createPattern(tile(this.context, made.pattern, made.fill, made.stripe, this.ratio), "repeat");
      style.setTransform(new DOMMatrix().scale(1 / this.ratio));
    }
    kept[state] = { style, pixel: pixelOf(made.fill), pattern: made.pattern, ink: cssColour(made.ink) };
    return kept[state];
  }

  // scene: { tree, data, styles, dim(node), matched, top(depth), rowHeight }
  boxes(list, scene) {
    const { styles, dim } = scene;
    const { node, span, style, count } = list;
    // Some modes find out what entries there are while boxes ask for theirs.
    for (let i = 0; i < count; i++) style[i] = styles.of(node[i]) * 4 + (span[i] > 0 ? STRIP : 0) + (dim(node[i]) ? DIM : 0);
    const sizes = new Uint32Array(styles.entries.length * 4 + 1);
    for (let i = 0; i < count; i++) sizes[style[i] + 1]++;
    const pixel = new Uint32Array(sizes.length);
    for (let number = 0; number + 1 < sizes.length; number++)
      if (sizes[number + 1] > 0) pixel[number] = this.paint(styles, number).pixel;
    for (let d = 0; d + 1 < list.rows.length; d++) this.row(list, scene, d, pixel);
    this.end();
    for (let i = 1; i < sizes.length; i++) sizes[i] += sizes[i - 1];
    const sorted = new Uint32Array(count);
    const next = sizes.slice();
    for (let i = 0; i < count; i++) sorted[next[style[i]]++] = i;
    for (let number = 0; number + 1 < sizes.length; number++) {
      const group = sorted.subarray(sizes[number], sizes[number + 1]);
      if (!group.length || number & STRIP) continue;
      const paint = this.paint(styles, number);
      if (paint.pattern) this.patterns(list, scene, paint.style, group);
      this.names(list, scene, paint.ink, group);
    }
  }

  // Puts the pixels on the canvas.
  end() {
    this.context.putImageData(this.image, 0, 0);
  }

  row(list, scene, d, pixel) {
    const { ratio, pixels, image } = this;
    const from = list.rows[d];
    const to = list.rows[d + 1];
    const y = scene.top(list.firstDepth + d);
    const first = Math.max(0, Math.round(y * ratio));
    const last = Math.min(image.height, Math.round((y + scene.rowHeight - 1) * ratio));
    if (from === to || first >= last) return;
    const base = first * image.width;
    for (let i = from; i < to; i++) {
      const left = Math.round(list.left[i] * ratio);
      pixels.fill(pixel[list.style[i]], base + left, base + Math.min(image.width, endOf(left, list.right[i], ratio, list.span[i] > 0)));
    }
    for (let line = first + 1; line < last; line++) pixels.copyWithin(line * image.width, base, base + image.width);
    if (scene.matched) this.underline(list, scene, from, to, last);
  }

  // Matches are told by a line as well, not by strength of colour alone.
  underline(list, { tree, data, matched }, from, to, last) {
    const { ratio, pixels, image } = this;
    const ink = pixelOf(this.theme.focus);
    for (let i = from; i < to; i++) {
      if (matched[data.keyOf(tree.frame[list.node[i]])] !== 1) continue;
      const left = Math.round(list.left[i] * ratio);
      const right = Math.min(image.width, endOf(left, list.right[i], ratio, list.span[i] > 0));
      for (let line = Math.max(0, last - Math.round(2 * ratio)); line < last; line++)
        pixels.fill(ink, line * image.width + left, line * image.width + right);
    }
  }

  patterns(list, { tree, top, rowHeight, matched, data }, style, group) {
    const { context, ratio } = this;
    context.fillStyle = style;
    for (const i of group) {
      if (list.right[i] - list.left[i] < PATTERN_MIN) continue;
      const n = list.node[i];
      const from = Math.round(list.left[i] * ratio);
      const line = matched?.[data.keyOf(tree.frame[n])] === 1 ? 2 : 0;
      context.fillRect(from / ratio, top(tree.depth[n]), (endOf(from, list.right[i], ratio, false) - from) / ratio, rowHeight - 1 - line);
    }
  }

  names(list, { tree, styles, top, rowHeight }, ink, group) {
    const { context } = this;
    context.fillStyle = ink;
    const least = LETTERS_MIN * this.letter + 2 * PAD + 1;
    for (const i of group) {
      const room = list.right[i] - list.left[i];
      if (room < least) continue;
      const n = list.node[i];
      const mark = styles.mark?.(n);
      const text = this.text(tree.frame[n], room - 2 * PAD - 1, mark === "head" ? "new: " : mark === "base" ? "gone: " : "");
      if (text) context.fillText(text, list.left[i] + PAD, top(tree.depth[n]) + rowHeight / 2);
    }
  }
}
