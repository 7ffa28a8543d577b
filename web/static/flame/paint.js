// Paints the boxes of a BoxList on a 2D context: fills grouped by colour, then names cut to the width they have.
import { cssColour, contrast, dimmed, inkOn, mixed, stripeOn } from "./colours.js";

export const FONT_SIZE = 12;
export const FONT = `${FONT_SIZE}px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace`;
const PAD = 4;
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

// Fill and ink of an entry of a palette.
export function paintOf(entry, theme, dim) {
  const rgb = dim ? dimmed(theme, entry.rgb) : entry.rgb;
  return { fill: rgb, ink: dim ? quietInk(rgb) : inkOn(rgb), stripe: entry.pattern ? stripeOn(rgb) : null, pattern: entry.pattern };
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

export class Painter {
  constructor(context) {
    this.context = context;
    this.fonted = null;
  }

  setData(data) {
    this.data = data;
    this.labels = new Array(data.frames?.count ?? 0);
    this.root = null;
    this.lines = data.head.merge === "line";
  }

  begin(theme, ratio, width, height) {
    const { context } = this;
    if (theme !== this.theme || ratio !== this.ratio) this.paints = new Map();
    Object.assign(this, { theme, ratio });
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = cssColour(theme.ground);
    context.fillRect(0, 0, width, height);
    context.font = FONT;
    context.textBaseline = "middle";
    context.direction = "ltr";
    this.letter ??= context.measureText("0".repeat(64)).width / 64;
  }

  // Name shown in a box.
  label(frame) {
    if (!(frame < this.labels.length)) return (this.root ??= this.data.name(frame));
    return (this.labels[frame] ??=
      this.lines && this.data.frames.line[frame] > 0 ? `${this.data.name(frame)}:${this.data.frames.line[frame]}` : this.data.name(frame));
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

  paint(styles, index, dim) {
    const entry = styles.entries[index];
    const kept = this.paints.get(entry)?.[dim];
    if (kept) return kept;
    const made = paintOf(entry, this.theme, dim === 1);
    const { context } = this;
    let style = cssColour(made.fill);
    if (made.pattern) {
      style = context.createPattern(tile(context, made.pattern, made.fill, made.stripe, this.ratio), "repeat");
      style.setTransform(new DOMMatrix().scale(1 / this.ratio));
    }
    const paint = { style, ink: cssColour(made.ink) };
    if (!this.paints.has(entry)) this.paints.set(entry, []);
    this.paints.get(entry)[dim] = paint;
    return paint;
  }

  // scene: { tree, styles, dim(node), matched, top(depth), rowHeight }
  boxes(list, scene) {
    const { tree, styles, dim } = scene;
    const groups = new Map(); // number of a paint -> its boxes
    for (let i = 0; i < list.count; i++) {
      const n = list.node[i];
      const style = list.isStrip(i) ? 65535 : styles.of(n) * 2 + (dim(n) ? 1 : 0);
      list.style[i] = style;
      const group = groups.get(style);
      if (group) group.push(i);
      else groups.set(style, [i]);
    }
    for (const [style, group] of groups) this.fill(list, scene, style, group);
    for (const [style, group] of groups) if (style !== 65535) this.names(list, scene, style, group);
    if (scene.matched) this.underline(list, scene, tree);
  }

  fill(list, { tree, styles, top, rowHeight }, style, group) {
    const { context } = this;
    context.fillStyle = style === 65535 ? cssColour(this.theme.narrow) : this.paint(styles, style >> 1, style & 1).style;
    for (const i of group) {
      const width = list.right[i] - list.left[i];
      context.fillRect(list.left[i], top(tree.depth[list.node[i]]), width > 2 ? width - 1 : Math.max(width, 0.5), rowHeight - 1);
    }
  }

  names(list, { tree, styles, top, rowHeight, data }, style, group) {
    const { context } = this;
    context.fillStyle = this.paint(styles, style >> 1, style & 1).ink;
    for (const i of group) {
      const room = list.right[i] - list.left[i] - 2 * PAD - 1;
      if (room < LETTERS_MIN * this.letter) continue;
      const n = list.node[i];
      const mark = styles.mark?.(n);
      const label = this.label(tree.frame[n], data);
      const text = this.fitted(mark ? `${mark === "head" ? "new" : "gone"}: ${label}` : label, room);
      if (text) context.fillText(text, list.left[i] + PAD, top(tree.depth[n]) + rowHeight / 2);
    }
  }

  // Matches are told by a line as well, not by strength of colour alone.
  underline(list, { tree, data, matched, top, rowHeight }) {
    const { context } = this;
    context.fillStyle = cssColour(this.theme.focus);
    for (let i = 0; i < list.count; i++) {
      const n = list.node[i];
      if (list.isStrip(i) || matched[data.keyOf(tree.frame[n])] !== 1) continue;
      context.fillRect(list.left[i], top(tree.depth[n]) + rowHeight - 3, Math.max(1, list.right[i] - list.left[i] - 1), 2);
    }
  }
}
