// The flame graph on a canvas. Draws what the viewport shows and nothing else: boxes.js finds it, styles.js colours it,
// gestures.js hands in pointers. The canvas is as large as its place on the page; deep stacks scroll inside. A second,
// transparent canvas above it shows what is hovered and selected, so that neither redraws the boxes.
//
//   new FlameCanvas(canvas, { onHover(node, { x, y, narrow }), onSelect(node), onZoom(node), onScroll(), onView(from, to), animate })
//   node -1 = none; narrow = how many boxes the strip under the pointer stands for
//   setMode({ colour, inverted })   inverted false: flame, the root at the bottom; true: icicle, the root at the top
import { NONE } from "./data.js";
import { BoxList, boxAround, deepestIn, windowBoxes } from "./boxes.js";
import { cssColour, readTheme } from "./colours.js";
import { listen } from "./gestures.js";
import { Painter, FONT_SIZE } from "./paint.js";
import { makeStyles } from "./styles.js";
import { toSvg } from "./svg.js";
import { matchKeys } from "./match.js";

const HISTORY_MAX = 200;
const ZOOM_MS = 140;
const PICTURE_HEIGHT_MAX = 8192;
const PICTURE_PIXELS_MAX = 32e6;

export class FlameCanvas {
  constructor(canvas, { onHover, onSelect, onZoom, onScroll, onView, animate = true } = {}) {
    Object.assign(this, { canvas, onHover, onSelect, onZoom, onScroll, onView, animate });
    this.overlay = canvas.ownerDocument.createElement("canvas");
    this.overlay.setAttribute("aria-hidden", "true");
    this.overlay.className = "flame-overlay";
    canvas.after(this.overlay);
    this.painter = new Painter(canvas.getContext("2d", { alpha: false }));
    this.rowHeight = FONT_SIZE + 7;
    this.list = new BoxList();
    this.mode = { colour: "category", inverted: false };
    this.data = this.tree = this.styles = null;
    this.hovered = this.selected = -1;
    this.matched = null; // Uint8Array over functions
    this.isolated = null;
    this.history = [];
    this.frameAsked = 0;
    this.resetView();
    this.theme = readTheme(canvas);
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.reduced = matchMedia("(prefers-reduced-motion: reduce)");
    this.themeChanged = () => this.refreshTheme();
    this.dark.addEventListener("change", this.themeChanged);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(canvas);
    this.window = canvas.ownerDocument.defaultView;
    this.resized = () => this.resize(); // another screen, another ratio of pixels
    this.window.addEventListener("resize", this.resized);
    this.silence = listen(this);
    this.resize();
  }

  destroy() {
    this.observer.disconnect();
    this.window.removeEventListener("resize", this.resized);
    this.dark.removeEventListener("change", this.themeChanged);
    this.silence();
    this.endGlide();
    this.overlay.remove();
  }

  resetView() {
    this.zoomed = 0;
    this.from = 0;
    this.to = this.tree?.weight ?? 0;
    this.scroll = 0;
    this.history.length = 0;
  }

  setData(data) {
    this.data = data;
    this.painter.setData(data);
    this.matched = null;
    this.isolated = null;
  }

  // A new tree is shown whole; with `keep` the zoomed and the selected box are looked for in it by their frames, as
  // when more of the same data has come. Where to go back to is forgotten with the old tree.
  setTree(tree, { keep = false } = {}) {
    const old = this.tree;
    const again = (node) => (keep && old && node >= 0 ? tree.find(old.frames(node)) : -1);
    const zoomed = Math.max(0, again(this.zoomed));
    const selected = again(this.selected);
    const { scroll } = this;
    this.endGlide();
    this.tree = tree;
    this.hovered = -1;
    this.styles = null;
    this.resetView();
    this.selected = selected > 0 || (keep && this.selected === 0) ? selected : -1;
    if (zoomed > 0) Object.assign(this, { zoomed, from: tree.x[zoomed], to: tree.x[zoomed] + tree.total[zoomed] });
    if (keep) this.scrollTo(scroll, true);
    this.draw();
  }

  setMode({ colour = this.mode.colour, inverted = this.mode.inverted } = {}) {
    this.mode = { colour, inverted };
    this.styles = null;
    this.draw();
  }

  refreshTheme() {
    this.theme = readTheme(this.canvas);
    this.styles = null;
    this.draw();
  }

  resize() {
    const { canvas, overlay } = this;
    const ratio = this.window.devicePixelRatio || 1;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (width === this.width && height === this.height && ratio === this.ratio) return;
    Object.assign(this, { width, height, ratio });
    for (const each of [canvas, overlay]) {
      each.width = Math.max(1, Math.round(width * ratio));
      each.height = Math.max(1, Math.round(height * ratio));
    }
    this.scrollTo(this.scroll, true);
    this.draw();
  }

  // Height of the whole picture at the present zoom, in CSS pixels.
  get contentHeight() {
    return this.tree ? (deepestIn(this.tree, this.from, this.to) + 1) * this.rowHeight : 0;
  }

  // Rows above (icicle: below) the root's edge of the viewport, in pixels.
  scrollTo(scroll, quiet = false) {
    const bounded = Math.max(0, Math.min(Math.round(scroll), this.contentHeight - this.height));
    if (bounded === this.scroll) return false;
    this.scroll = bounded;
    if (!quiet) this.draw();
    this.onScroll?.();
    return true;
  }

  top(depth) {
    const at = depth * this.rowHeight - this.scroll;
    return this.mode.inverted ? at : this.height - at - this.rowHeight;
  }

  depthAt(y) {
    return Math.floor(((this.mode.inverted ? y : this.height - y) + this.scroll) / this.rowHeight);
  }

  stylesNow() {
    return (this.styles ??= makeStyles(this.mode.colour, this.data, this.tree, this.theme));
  }

  // Boxes that stand back: not matched, not of the isolated category, or above the zoomed one.
  isDim() {
    const { tree, data, matched, isolated } = this;
    const categoryOf = this.stylesNow().categoryOf ?? ((n) => tree.category[n]);
    const base = tree.depth[this.zoomed];
    return (n) =>
      tree.depth[n] < base ||
      (matched !== null && !(matched[data.keyOf(tree.frame[n])] === 1)) ||
      (isolated !== null && categoryOf(n) !== isolated);
  }

  draw() {
    if (this.frameAnimating) return;
    this.paintNow(this.from, this.to);
  }

  paintNow(from, to) {
    const { tree, painter, width, height } = this;
    if (!width || !height) return;
    painter.begin(this.theme, this.ratio, width, height);
    this.list.clear();
    if (tree) {
      const first = Math.floor(this.scroll / this.rowHeight);
      windowBoxes(this.list, tree, { from, to, width, first, last: first + Math.ceil(height / this.rowHeight) });
      painter.boxes(this.list, this.scene((depth) => this.top(depth)));
    } else {
      painter.end();
    }
    this.takeTouch();
    this.drawOverlay();
    this.onView?.(from, to);
  }

  scene(top) {
    return { tree: this.tree, data: this.data, styles: this.stylesNow(), dim: this.isDim(), matched: this.matched, top, rowHeight: this.rowHeight, width: this.width };
  }

  // Fingers scroll the page up and down, unless the picture itself has something to scroll.
  takeTouch() {
    const wanted = this.contentHeight > this.height ? "none" : "pan-y";
    if (this.canvas.style.touchAction !== wanted) this.canvas.style.touchAction = wanted;
  }

  // What stands above the canvas on the page may have grown since.
  placeOverlay() {
    const { canvas, overlay, width, height } = this;
    const at = [canvas.offsetLeft + canvas.clientLeft, canvas.offsetTop + canvas.clientTop, width, height];
    if (at.join() === this.overlayAt) return;
    this.overlayAt = at.join();
    const [left, top, wide, high] = at.map((length) => `${length}px`);
    Object.assign(overlay.style, { position: "absolute", pointerEvents: "none", left, top, width: wide, height: high });
  }

  drawOverlay() {
    this.placeOverlay();
    const context = this.overlay.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.overlay.width, this.overlay.height);
    if (!this.tree) return;
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    const outline = (node, thick) => {
      const box = this.rectOf(node);
      if (!box) return;
      context.lineWidth = thick + 2;
      context.strokeStyle = cssColour(this.theme.ground);
      const inset = thick / 2;
      const rect = [box.left + inset, box.top + inset, Math.max(1, box.width - thick - 1), box.height - thick - 1];
      context.strokeRect(...rect);
      context.lineWidth = thick;
      context.strokeStyle = cssColour(this.theme.focus);
      context.strokeRect(...rect);
    };
    if (this.selected >= 0) this.outlineKin(context);
    if (this.hovered >= 0 && this.hovered !== this.selected) outline(this.hovered, 1);
    if (this.selected >= 0) outline(this.selected, 2);
    this.drawScrollMark(context);
  }

  // Other boxes of the selected function carry a line below their name.
  outlineKin(context) {
    const { list, tree, data } = this;
    const key = data.keyOf(tree.frame[this.selected]);
    if (key === NONE) return;
    context.fillStyle = cssColour(this.theme.focus);
    for (let i = 0; i < list.count; i++) {
      const n = list.node[i];
      if (list.isStrip(i) || data.keyOf(tree.frame[n]) !== key) continue;
      context.fillRect(list.left[i], this.top(tree.depth[n]) + this.rowHeight - 3, Math.max(1, list.right[i] - list.left[i] - 1), 2);
    }
  }

  drawScrollMark(context) {
    const whole = this.contentHeight;
    if (whole <= this.height) return;
    const size = Math.max(24, (this.height * this.height) / whole);
    const at = ((this.height - size) * this.scroll) / (whole - this.height);
    context.globalAlpha = 0.55;
    context.fillStyle = cssColour(this.theme.ink);
    context.fillRect(this.width - 5, this.mode.inverted ? at : this.height - size - at, 4, size);
    context.globalAlpha = 1;
  }

  // Where a box is in the viewport, in CSS pixels; null when it is not in the zoomed part.
  rectOf(node) {
    const { tree } = this;
    if (node < 0 || node >= tree.count || !(this.to > this.from)) return null;
    const scale = this.width / (this.to - this.from);
    const left = Math.max(0, (tree.x[node] - this.from) * scale);
    const right = Math.min(this.width, (tree.x[node] + tree.total[node] - this.from) * scale);
    if (right < left || left >= this.width) return null;
    return { left, top: this.top(tree.depth[node]), width: right - left, height: this.rowHeight };
  }

  // The box under a point of the canvas, -1 = none or a strip of narrower boxes.
  hit(x, y) {
    const at = this.tree ? this.list.at(this.depthAt(y), x) : -1;
    return at >= 0 && !this.list.isStrip(at) ? this.list.node[at] : -1;
  }

  // How many boxes, each too narrow to be drawn, stand under a point; 0 = none.
  narrowAt(x, y) {
    const at = this.tree ? this.list.at(this.depthAt(y), x) : -1;
    return at >= 0 ? this.list.span[at] : 0;
  }

  hover(node) {
    if (node === this.hovered) return;
    this.hovered = node;
    this.drawOverlay();
  }

  select(node) {
    this.selected = node;
    if (node >= 0) this.reveal(node);
    this.drawOverlay();
  }

  // Scrolls, and leaves the zoom where the box is not inside it, so that the box is seen.
  reveal(node) {
    if (!this.rectOf(node)) this.zoom(0);
    const at = this.tree.depth[node] * this.rowHeight;
    if (at < this.scroll) this.scrollTo(at);
    else if (at + this.rowHeight > this.scroll + this.height) this.scrollTo(at + this.rowHeight - this.height);
  }

  zoom(node) {
    if (!this.tree || node < 0 || node >= this.tree.count) return;
    const { x, total, depth } = this.tree;
    const keep = depth[node] * this.rowHeight < this.scroll + this.height - 2 * this.rowHeight ? this.scroll : null;
    this.moveTo(node, x[node], x[node] + total[node], keep ?? depth[node] * this.rowHeight);
  }

  // Shows from..to of the whole width (in weight), for pinching and dragging.
  zoomRange(from, to, { remember = true } = {}) {
    if (!this.tree || !(to > from)) return;
    const { weight } = this.tree;
    const size = Math.min(weight, Math.max(to - from, weight * 1e-12));
    const start = Math.max(0, Math.min(from, weight - size));
    this.moveTo(boxAround(this.tree, start, start + size), start, start + size, this.scroll, { remember, animate: false });
  }

  moveTo(node, from, to, scroll, { remember = true, animate = this.animate } = {}) {
    if (from === this.from && to === this.to && node === this.zoomed) return;
    if (remember) this.remember({ node: this.zoomed, from: this.from, to: this.to, scroll: this.scroll });
    const start = [this.from, this.to];
    const changed = node !== this.zoomed;
    Object.assign(this, { zoomed: node, from, to });
    this.scrollTo(scroll, true);
    if (animate && !this.reduced.matches && this.width) this.glide(start);
    else {
      this.endGlide();
      this.draw();
    }
    if (changed) this.onZoom?.(node);
  }

  // Puts a view where back() leads to.
  remember(view) {
    this.history.push(view);
    if (this.history.length > HISTORY_MAX) this.history.shift();
  }

  endGlide() {
    cancelAnimationFrame(this.frameAsked);
    this.frameAnimating = false;
  }

  glide([from, to]) {
    this.endGlide();
    this.frameAnimating = true;
    let begin = null;
    const step = (now) => {
      begin ??= now;
      const t = Math.min(1, (now - begin) / ZOOM_MS);
      const eased = 1 - (1 - t) ** 3;
      if (t === 1) {
        this.frameAnimating = false;
        this.draw();
        return;
      }
      this.paintNow(from + (this.from - from) * eased, to + (this.to - to) * eased);
      this.frameAsked = requestAnimationFrame(step);
    };
    this.frameAsked = requestAnimationFrame(step);
  }

  // To the view before the last zoom; false when there is none.
  back() {
    const last = this.history.pop();
    if (!last) return false;
    this.moveTo(last.node, last.from, last.to, last.scroll, { remember: false });
    return true;
  }

  // Boxes from the root to the zoomed one.
  path() {
    return this.tree ? this.tree.path(this.zoomed) : [];
  }

  // fn: test(string), or { test }, over the names of functions; null ends the search. Returns the share of the shown
  // weight whose stacks hold a match (null: nothing is shown); `matchCounts` tells functions and boxes.
  setMatch(fn) {
    this.matched = fn ? matchKeys(this.data, fn) : null;
    this.matchCounts = null;
    let share = null;
    if (fn && this.tree) {
      const { tree, data, matched } = this;
      const inside = new Uint8Array(tree.count);
      let weight = 0;
      let boxes = 0;
      for (let n = 0; n < tree.count; n++) {
        const own = matched[data.keyOf(tree.frame[n])] === 1;
        const above = n > 0 && inside[tree.parent[n]] === 1;
        if (own) boxes++;
        if (own && !above) weight += tree.total[n];
        inside[n] = own || above ? 1 : 0;
      }
      share = tree.weight > 0 ? Math.min(1, weight / tree.weight) : null;
      this.matchCounts = { functions: matched.reduce((sum, one) => sum + one, 0), boxes, weight, share };
    }
    this.draw();
    return share;
  }

  // Boxes of other categories stand back; null = none does.
  isolate(category) {
    const index = category === null || category === undefined ? -1 : this.data.categoryIndex(category);
    this.isolated = index < 0 ? null : index;
    this.draw();
  }

  // What the colours of the present mode mean: [{ id, label, colour, pattern }].
  legend() {
    if (!this.tree) return [];
    return this.stylesNow().entries.filter((entry) => !entry.below).map(({ id, label, rgb, pattern }) => ({ id, label, colour: cssColour(rgb), pattern }));
  }

  // The next box in a direction as it is seen, or the same when there is none. Outwards from the root it is the widest
  // child; to the sides the next box of the row that is wide enough to be drawn.
  neighbour(node, direction) {
    const { tree } = this;
    if (!tree || node < 0) return tree ? this.zoomed : -1;
    const outwards = this.mode.inverted ? "down" : "up";
    if (direction === "up" || direction === "down") {
      if (direction !== outwards) return node === 0 ? 0 : tree.parent[node];
      let widest = -1;
      const first = tree.firstChild[node];
      for (let n = first; n < first + tree.childCount[node]; n++) if (widest < 0 || tree.total[n] > tree.total[widest]) widest = n;
      return widest < 0 ? node : widest;
    }
    const step = direction === "left" ? -1 : 1;
    const depth = tree.depth[node];
    const least = ((this.to - this.from) / Math.max(1, this.width)) * 0.5;
    for (let n = node + step; n >= tree.levels[depth] && n < tree.levels[depth + 1]; n += step) {
      if (tree.x[n] + tree.total[n] <= this.from || tree.x[n] >= this.to) break;
      if (tree.total[n] >= least) return n;
    }
    return node;
  }

  // The whole picture at the present zoom, not only the part that the viewport shows.
  whole() {
    const list = new BoxList();
    const { tree, from, to, width, rowHeight } = this;
    const rows = deepestIn(tree, from, to) + 1;
    const shown = Math.min(rows, Math.floor(PICTURE_HEIGHT_MAX / rowHeight));
    windowBoxes(list, tree, { from, to, width, first: 0, last: shown - 1 });
    const height = shown * rowHeight;
    const top = (depth) => (this.mode.inverted ? depth * rowHeight : height - (depth + 1) * rowHeight);
    return { list, height, scene: this.scene(top) };
  }

  async png() {
    const { list, height, scene } = this.whole();
    const canvas = this.canvas.ownerDocument.createElement("canvas");
    const ratio = Math.min(this.ratio, Math.sqrt(PICTURE_PIXELS_MAX / (this.width * height)));
    canvas.width = Math.round(this.width * ratio);
    canvas.height = Math.round(height * ratio);
    const painter = new Painter(canvas.getContext("2d", { alpha: false }));
    painter.setData(this.data);
    painter.begin(this.theme, ratio, this.width, height);
    painter.boxes(list, scene);
    return new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture could not be made."))), "image/png"),
    );
  }

  svg() {
    const { list, height, scene } = this.whole();
    return toSvg(list, scene, { width: this.width, height, theme: this.theme, labels: this.painter });
  }
}
