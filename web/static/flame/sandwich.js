// Callers and callees of one function from everywhere: the list of functions on the left, who calls it above, what it
// calls below.
import { el } from "./dom.js";
import { FlameCanvas } from "./draw.js";
import { FunctionTable } from "./functions.js";
import { buildTree } from "./tree.js";

export class Sandwich {
  // to: { choose(key), select(tree, node, half), hover(half, node, at), sort(name), filter(text) }
  constructor({ to, colourOf }) {
    this.to = to;
    this.list = new FunctionTable({ narrow: true, onChoose: to.choose, onSort: to.sort, colourOf, caption: "Functions; a button shows its callers and callees" });
    this.filter = el("input", {
      type: "search",
      placeholder: "filter functions",
      "aria-label": "Filter functions",
      autocomplete: "off",
      spellcheck: "false",
      oninput: () => {
        clearTimeout(this.typing);
        this.typing = setTimeout(() => to.filter(this.filter.value), 120);
      },
    });
    this.callers = this.half("callers");
    this.callees = this.half("callees");
    this.name = el("p", { class: "fl-center" });
    this.element = el(
      "div",
      { class: "fl-sandwich", hidden: true },
      el("div", { class: "fl-list" }, this.filter, this.list.element),
      el("div", { class: "fl-halves" }, this.callers.title, this.callers.box, this.name, this.callees.title, this.callees.box),
    );
  }

  half(kind) {
    const canvas = el("canvas", { tabindex: "0", role: "application", "aria-roledescription": "flame graph", class: "fl-canvas" });
    const half = { kind, canvas, tree: null, node: 0, title: el("h3", {}), box: el("div", { class: "fl-stage" }, canvas) };
    half.draw = new FlameCanvas(canvas, {
      onHover: (node, at) => this.to.hover(half, node, at),
      onSelect: (node) => this.select(half, node),
      onZoom: () => {},
    });
    return half;
  }

  select(half, node) {
    half.node = Math.max(0, node ?? 0);
    this.last = half;
    this.to.select(half.tree, half.node, half);
  }

  destroy() {
    for (const half of [this.callers, this.callees]) half.draw.destroy();
  }

  setData(data) {
    this.data = data;
    this.key = null;
    for (const half of [this.callers, this.callees]) half.draw.setData(data);
  }

  // view: threads, transforms and category as in the main picture.
  show(model, view, key, mode) {
    const name = model.name(key);
    this.key = key;
    for (const half of [this.callers, this.callees]) {
      const callers = half === this.callers;
      half.tree = buildTree(this.data, { ...view, order: view.order === "name" ? "name" : "heavy", callersOf: callers ? key : null, calleesOf: callers ? null : key });
      const rows = Math.min(half.tree.maxDepth, 24) + 1;
      half.canvas.style.height = `${Math.max(3, rows) * (half.draw.rowHeight ?? 20) + 4}px`;
      half.draw.setMode({ colour: mode.colour, inverted: !callers });
      half.draw.refreshTheme();
      half.draw.setTree(half.tree);
      half.draw.resize();
      const none = half.tree.count < 2;
      half.title.textContent = callers ? (none ? "Nothing recorded calls it" : "Who calls it") : none ? "It calls nothing that was recorded" : "What it calls";
      half.canvas.setAttribute("aria-label", `${callers ? "Callers" : "Callees"} of ${name}: ${(half.tree.count - 1).toLocaleString("en")} boxes. Arrow keys walk.`);
      half.node = 0;
    }
    this.name.textContent = name;
    this.list.setChosen(key);
  }
}
