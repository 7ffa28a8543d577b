// The flame graph of a page: mounts itself on every element with data-flame. What the reader chose stands in the
// address (state.js); this file turns it into a tree, a picture, a table and words, and turns keys, clicks and taps into
// changes of it. Nothing here draws boxes (draw.js) or sums weights (tree.js).
import { cssColour, readTheme } from "./colours.js";
import { loadFlame } from "./data.js";
import { Details } from "./details.js";
import { button, el } from "./dom.js";
import { FlameCanvas } from "./draw.js";
import { exportList } from "./exports.js";
import { FunctionTable } from "./functions.js";
import { helpDialog, takeKey } from "./keys.js";
import { Legend } from "./legend.js";
import { Model } from "./model.js";
import { Overrides } from "./overrides.js";
import { clockShort, mounted, Standing } from "./part_beside.js";
import { Choosing } from "./part_choose.js";
import { Searching } from "./part_search.js";
import { Viewing } from "./part_views.js";
import { Ruler } from "./ruler.js";
import { Sandwich } from "./sandwich.js";
import { readState, writeState } from "./state.js";
import { showable } from "./text.js";
import { Toolbar } from "./toolbar.js";
import { makeStyles } from "./styles.js";
import { buildTree } from "./tree.js";
import { amount, bytesWords } from "./words.js";

const OPERATIONS = ["focus", "hide", "merge", "collapse"];

// Methods by concern stand in part_*.js.
class Flame extends Standing(Viewing(Choosing(Searching(Object)))) {
  constructor(element) {
    super();
    this.host = element;
    this.prefix = element.dataset.prefix ?? (mounted.length === 0 ? "f" : `f${mounted.length}`);
    this.state = readState(this.prefix);
    this.project = element.dataset.project ?? "";
    this.run = element.dataset.run ?? "";
    this.mayWrite = element.dataset.write !== undefined;
    this.address = new URL(element.dataset.flame, location.href);
    this.profileApi = element.dataset.profile ? `/api/v1/profiles/${encodeURIComponent(element.dataset.profile)}` : "";
    this.selected = 0;
    this.zooms = []; // what Back returns to
    this.build();
    this.load();
  }

  // ---- the elements

  build() {
    const colourOf = (code) => this.colourOf(code);
    this.toolbar = new Toolbar({
      change: (values, push) => this.change(values, push),
      exportItems: (close) => exportList({ canvas: this.shownCanvas(), head: this.model.head, profile: this.profileApi, say: (words) => this.say(words) })(close),
      besideItems: this.mayStandBeside() ? (close) => this.besideItems(close) : null,
      onHelp: () => this.showHelp(),
      onBack: () => this.back(),
      onReset: () => this.resetAll(),
      onZoomPath: (node) => this.zoom(node),
      onRemoveTransform: (index) => this.removeTransform(index),
      onSearchKey: (event) => this.searchKey(event),
    });
    this.canvas = el("canvas", { class: "fl-canvas", tabindex: "0", role: "application", "aria-roledescription": "flame graph" });
    this.hint = el("p", { class: "hidden", id: `${this.prefix}-hint` }, "Arrow keys walk from box to box, Enter zooms in, Escape goes back, question mark lists all keys. The view Table holds the same numbers.");
    this.canvas.setAttribute("aria-describedby", this.hint.id);
    this.tip = el("div", { class: "fl-tip", hidden: true, "aria-hidden": "true" });
    this.ruler = new Ruler();
    this.stage = el("div", { class: "fl-stage" }, this.ruler.element, this.canvas);
    this.live = el("p", { class: "hidden", "aria-live": "polite", role: "status" });
    this.notice = el("div", { class: "fl-notice", hidden: true, role: "status" });
    this.table = new FunctionTable({ onChoose: (key) => this.chooseFunction(key), onSort: (n) => this.change({ n }), colourOf, caption: "All functions with their own and their whole weight" });
    this.tableBox = el("div", { class: "fl-tablebox", hidden: true, tabindex: "-1" }, this.table.element);
    this.sandwich = new Sandwich({
      colourOf,
      to: {
        choose: (key) => this.change({ f: this.model.keyText(key), b: "" }, true),
        select: (tree, node, half) => this.selectIn(tree, node, half),
        hover: (half, node, at) => this.hover(half.tree, node, at),
        sort: (n) => this.change({ n }),
        filter: (l) => this.change({ l }),
      },
    });
    this.legend = new Legend({ onIsolate: (i) => this.change({ i, z: "", b: "" }, true), colourOf });
    this.details = new Details({
      colourOf,
      actions: {
        where: () => this,
        transform: (op, key) => this.transform(op, key),
        sandwich: (key) => this.openSandwich(key),
        zoom: (node) => this.zoom(node),
        correct: (key, code, place) => this.overrides.open(this.model, key, code, place),
      },
    });
    this.overrides = new Overrides({ where: () => this, done: (words, answer) => this.corrected(words, answer), say: (words) => this.say(words) });
    this.status = el("div", { class: "fl-loading" });
    this.main = el("div", { class: "fl-main" }, this.stage, this.sandwich.element, this.tableBox);
    this.body = el("div", { class: "fl-body", hidden: true }, this.main, this.details.element, this.legend.element);
    this.title = el("p", { class: "fl-title" });
    // Inside a report the graph has a heading of the page's own.
    const heading = this.host.classList.contains("flame-full") ? el("h2", { class: "hidden" }, "Flame graph") : null;
    this.root = el("div", { class: "fl-root" }, heading, this.title, this.toolbar.element, this.toolbar.path, this.notice, this.status, this.body, this.hint, this.live, this.tip);
    this.toolbar.element.hidden = true;
    this.toolbar.path.hidden = true;
    this.host.replaceChildren(this.root);
    this.host.classList.add("fl-on");
    this.draw = new FlameCanvas(this.canvas, {
      onHover: (node, at) => this.hover(this.tree, node, at),
      onSelect: (node) => this.select(node),
      onZoom: (node) => this.zoomed(node),
      onView: (from, to) => this.viewed(from, to),
    });
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("pointerenter", () => (this.inside = true));
    this.root.addEventListener("pointerleave", () => (this.inside = false));
    this.main.addEventListener("pointermove", (event) => {
      this.pointer = event;
      this.placeTip(event);
    }, { capture: true });
    this.main.addEventListener("pointerleave", () => (this.tip.hidden = true));
    this.resizer = new ResizeObserver(() => this.fit());
    this.resizer.observe(this.main);
    // The theme's colours stand in swatches too.
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      if (!this.data) return;
      this.palette = null;
      this.tableData = this.sandwichData = null;
      this.apply(true);
    });
  }

  // The colour of a category, as the boxes have it.
  colourOf(code) {
    this.palette ??= makeStyles("category", this.data, this.tree, readTheme(this.root)).entries.map(({ rgb }) => cssColour(rgb));
    return this.palette[Math.min(code ?? 255, this.model.head.categories.length)]; // behind the last: none
  }

  shownCanvas() {
    return this.state.v === "sandwich" ? (this.sandwich.last ?? this.sandwich.callees).draw : this.draw;
  }

  // ---- loading

  // What of the state asks for other data.
  loadKey() {
    const { e, m, a } = this.state;
    return `${e}/${m}/${a}`;
  }

  async load() {
    this.loading?.abort();
    const loading = (this.loading = new AbortController());
    const url = new URL(this.address);
    const column = this.state.e || this.host.dataset.column;
    if (column) url.searchParams.set("column", column);
    if (this.state.a) url.searchParams.set("artefact", this.state.a);
    if (this.state.m && this.state.m !== "function") url.searchParams.set("merge", this.state.m);
    this.loaded = this.loadKey();
    const bar = el("progress", { "aria-label": "Loading the flame graph" });
    const words = el("span", {}, "Loading the flame graph");
    this.status.replaceChildren(bar, " ", words);
    this.status.hidden = false;
    this.root.setAttribute("aria-busy", "true");
    let name = "";
    try {
      const data = await loadFlame(url, {
        signal: loading.signal,
        onHead: (head) => {
          name = showable(head.name || "");
          words.textContent = `Loading ${name}: ${head.nodes.toLocaleString("en")} boxes`;
        },
        onBytes: (count) => {
          words.textContent = `Loading ${name}, ${bytesWords(count)}`;
        },
        onBlock: (part) => {
          // A first picture of the heaviest boxes, where the rest takes longer than one frame.
          requestAnimationFrame(() => {
            if (!part.complete && !loading.signal.aborted) this.take(part);
          });
        },
      });
      if (loading.signal.aborted) return;
      this.take(data);
      this.status.hidden = true;
    } catch (error) {
      if (loading.signal.aborted) return;
      this.body.hidden = true;
      // What the service refused for a reason will be refused again.
      const final = error.status >= 400 && error.status < 500 && error.status !== 408 && error.status !== 429;
      this.status.replaceChildren(el("p", { class: final ? null : "fl-failed", role: "alert" }, error.message), final ? "" : button("Try again", "load the flame graph once more", () => this.load()));
    } finally {
      if (this.loading === loading) this.root.removeAttribute("aria-busy");
    }
  }

  take(data) {
    this.data = data;
    this.model = new Model(data);
    const { head } = data;
    this.diff = head.sets.length === 2;
    this.project ||= head.project ?? "";
    this.run ||= head.run ?? "";
    if (!this.profileApi && !this.diff && head.id) this.profileApi = `/api/v1/profiles/${encodeURIComponent(head.id)}`;
    if (this.diff && !new URLSearchParams(location.search).has(`${this.prefix}c`)) this.state.c = "change";
    this.showTitle();
    this.toolbar.offer(this.model, this.besideChoices().length > 0);
    this.toolbar.element.hidden = false;
    this.body.hidden = false;
    // The first picture and the whole one are of the same data: nothing that was made for the first may stay.
    this.treeOf = this.above = this.told = this.factsOf = this.legendOf = this.tableOf = this.sandwichList = this.searched = null;
    this.sandwich.setData(data);
    this.sandwichOf = null;
    this.draw.setData(data);
    const empty = !head.sets.some((set) => set.total > 0);
    this.body.classList.toggle("fl-empty", empty);
    if (empty) this.say("This profile holds no weight: nothing was sampled, or everything was filtered out when it was recorded.");
    this.apply(true);
    this.host.dispatchEvent(new CustomEvent("flame:head", { detail: head }));
    performance.mark("flame:picture");
    if (this.state.w && !this.second && !this.host.dataset.beside) this.openBeside(this.state.w);
  }

  // Which of several graphs this is.
  showTitle() {
    const { head } = this.model;
    this.title.hidden = this.host.parentElement.querySelectorAll("[data-flame]").length < 2;
    this.title.textContent = [showable(head.name || ""), clockShort[head.clock]].filter(Boolean).join(", ");
  }

  // ---- state

  change(values, push = false) {
    Object.assign(this.state, values);
    writeState(this.prefix, this.stateToWrite(), push);
    if (this.loadKey() !== this.loaded) this.load();
    else if (this.data) this.apply();
  }

  // Defaults that depend on the data do not stand in the address.
  stateToWrite() {
    return this.diff && this.state.c === "change" ? { ...this.state, c: "" } : this.state;
  }

  restore() {
    const old = this.state;
    this.state = readState(this.prefix);
    if (this.zooms.at(-1) === this.state.z) this.zooms.pop();
    if (this.diff && !new URLSearchParams(location.search).has(`${this.prefix}c`)) this.state.c = "change";
    if (this.loadKey() !== this.loaded) this.load();
    else if (this.data) this.apply();
    if (this.state.w !== old.w && !this.host.dataset.beside) this.openBeside(this.state.w);
  }

  transforms() {
    const list = [];
    for (const part of this.state.x ? this.state.x.split(".") : []) {
      const [op, text] = part.split(":");
      if (!OPERATIONS.includes(op)) continue;
      const key = this.model.keyOfText(text);
      if (key === null) this.lost = true;
      else list.push({ op, key, text: part, name: this.model.name(key) });
    }
    return list;
  }

  threads() {
    if (!this.state.t) return null;
    const count = this.model.head.threads.length;
    const chosen = new Set(this.state.t.split(".").map(Number).filter((id) => Number.isInteger(id) && id >= 0 && id < count));
    return chosen.size > 0 ? chosen : null;
  }

  view() {
    return {
      sets: this.diff ? "both" : 0,
      threads: this.threads(),
      category: this.model.head.categories.some((category) => category.name === this.state.i) ? this.state.i : null,
      transforms: this.transforms(),
      order: this.state.o,
      callersOf: null,
      calleesOf: null,
    };
  }

  // Everything on the page from the state.
  apply(fresh = false) {
    const { state, model } = this;
    this.lost = false;
    const view = this.view();
    const shape = JSON.stringify([state.t, state.i, state.x, state.o]);
    if (shape !== this.treeOf) {
      this.treeOf = shape;
      this.tree = buildTree(this.data, view);
      this.draw.setTree(this.tree);
      this.draw.canvas.style.height = `clamp(14rem, ${(this.tree.maxDepth + 2) * this.draw.rowHeight}px, var(--fl-height, 66vh))`;
      this.palette = null;
      this.rows = null;
      this.zoomedTo = 0;
    }
    if (this.lost) this.say("A function named in this address is not in this profile; its change was left out.");
    const mode = { colour: state.c, inverted: state.s === "icicle" };
    if (this.draw.mode.colour !== mode.colour || this.draw.mode.inverted !== mode.inverted) this.draw.setMode(mode);
    this.showView();
    this.applyZoom();
    this.applySelection();
    this.applySearch();
    // What stands above the picture does not change with the selection.
    const above = JSON.stringify([{ ...state, b: "" }, this.zoomedTo]);
    if (this.above !== above || fresh) {
      this.above = above;
      const crumbs = [{ name: "all", node: 0 }, ...model.path(this.tree, this.zoomedTo).map((node) => ({ name: this.boxName(node), node }))];
      this.toolbar.show(state, { threads: view.threads, crumbs, transforms: view.transforms });
    }
    const legendOf = `${state.t} ${state.i}`;
    if (this.legendOf !== legendOf || this.legendData !== this.data || fresh) {
      this.legendOf = legendOf;
      this.legendData = this.data;
      this.legend.show(model, { threads: view.threads, isolated: view.category, set: this.diff ? 1 : 0 });
    }
    this.showColours();
    if (state.v === "sandwich") this.applySandwich(view);
    if (state.v === "table") this.applyTable();
    this.fit();
    for (const flame of mounted) if (fresh && flame.model) flame.showTitle();
    if (fresh) this.describe();
  }

  showView() {
    const { v } = this.state;
    const shown = ["graph", "sandwich", "table"].includes(v) ? v : "graph";
    this.stage.hidden = shown !== "graph";
    this.sandwich.element.hidden = shown !== "sandwich";
    this.tableBox.hidden = shown !== "table";
  }

  // The box of a path of the address, as long as the picture is the same without a search.
  boxOf(text) {
    if (!text) return 0;
    const found = this.foundBoxes();
    if (!found.has(text)) found.set(text, this.model.findPath(this.tree, text));
    return found.get(text);
  }

  foundBoxes() {
    if (this.foundIn !== this.tree) {
      this.foundIn = this.tree;
      this.found = new Map();
    }
    return this.found;
  }

  // The path of a box for the address; the box is remembered, which in the order of time is one of many of its path.
  pathOf(node) {
    const text = this.model.pathText(this.tree, node);
    if (text) this.foundBoxes().set(text, node);
    return text;
  }

  // Which colours there are is known when the boxes are drawn.
  showColours() {
    const { c } = this.state;
    const colours = c === "category" ? [] : this.draw.legend();
    this.legend.showColours(c === "change" && colours.length > 2 ? [colours[0], colours[(colours.length - 1) / 2], colours.at(-1)] : colours);
  }

  viewed(from, to) {
    this.showRuler(from, to);
    if (!this.model || this.state.c === "category" || this.coloursAsked) return;
    this.coloursAsked = requestAnimationFrame(() => {
      this.coloursAsked = 0;
      this.showColours();
    });
  }

  // Time runs along the picture in its order only.
  showRuler(from, to) {
    const timed = this.tree?.order === "time";
    this.ruler.element.hidden = !timed;
    if (timed) this.ruler.show(this.model.head, from, to);
  }

  applyZoom() {
    const node = this.boxOf(this.state.z);
    if (node !== this.zoomedTo) {
      this.zoomedTo = node;
      this.quiet = true;
      this.draw.zoom(node);
      this.quiet = false;
    }
  }

  applySelection() {
    const node = this.boxOf(this.state.b);
    this.selected = node;
    this.quiet = true;
    this.draw.select(node || -1);
    this.quiet = false;
    if (this.state.v !== "sandwich") this.showDetails(this.tree, node);
  }

  describe() {
    const { head } = this.model;
    const all = head.sets.map((set) => amount(set.total, head)).join(" and ");
    this.canvas.setAttribute("aria-label", `Flame graph of ${showable(head.name || "the profile")}: ${(this.tree.count - 1).toLocaleString("en")} boxes, ${all} in all. Arrow keys walk.`);
  }

  mount(host) {
    return mountFlame(host);
  }

  // ---- overrides, help, paper

  async corrected(words, answer) {
    const link = answer?.analysis_url || `/projects/${encodeURIComponent(this.project)}/runs/${encodeURIComponent(this.run)}`;
    this.address.searchParams.delete("rev");
    await this.load();
    this.say(words, link.startsWith("/") ? [" The answer was made anew: ", el("a", { href: link }, "read it"), "."] : " The answer was made anew.");
  }

  say(words, more = []) {
    this.notice.replaceChildren(el("span", {}, words, more), button("×", "close", () => (this.notice.hidden = true), { "aria-label": "Close this line" }));
    this.notice.hidden = false;
  }

  showHelp() {
    this.dialog ??= this.root.appendChild(helpDialog());
    this.dialog.showModal();
  }

  key(event) {
    if (!this.data || this.dialog?.open) return;
    const onCanvas = event.target.matches?.("canvas") || event.target === document.body;
    takeKey(event, {
      search: () => {
        this.toolbar.search.focus();
        this.toolbar.search.select();
      },
      help: () => this.showHelp(),
      focus: () => this.withChosen((key) => this.transform("focus", key)),
      hide: () => this.withChosen((key) => this.transform("hide", key)),
      merge: () => this.withChosen((key) => this.transform("merge", key)),
      collapse: () => this.withChosen((key) => this.transform("collapse", key)),
      undo: () => this.state.x && this.removeTransform(this.transforms().length - 1),
      sandwich: () => (this.state.v === "sandwich" && !this.sandwich.last?.node ? this.change({ v: "graph" }, true) : this.withChosen((key) => this.openSandwich(key))),
      table: () => this.change({ v: this.state.v === "table" ? "graph" : "table" }, true),
      graph: () => this.change({ v: "graph" }, true),
      flip: () => this.change({ s: this.state.s === "icicle" ? "flame" : "icicle" }),
      reset: () => this.resetAll(),
      next: () => this.nextMatch(1),
      previous: () => this.nextMatch(-1),
      walk: (direction) => this.walk(direction),
      zoom: () => this.selected && this.zoom(this.selected),
      whole: () => this.zoom(0),
      back: () => this.back(),
    }, onCanvas);
  }

  // Paper takes the picture as lines and letters, in light colours; a canvas would be empty where the page is laid out anew.
  printing(on) {
    this.root.classList.toggle("fl-printing", on);
    this.root.querySelectorAll(".fl-paper").forEach((one) => one.remove());
    if (!this.data) return;
    const drawn = this.state.v === "sandwich" ? [this.sandwich.callers.draw, this.sandwich.callees.draw] : [this.draw];
    this.palette = null;
    for (const one of drawn) one.refreshTheme();
    this.apply(true);
    if (!on || this.state.v === "table") return;
    drawn.forEach((one, index) => {
      const text = one.svg().replaceAll('<pattern id="p', `<pattern id="${this.prefix}-${index}-`).replaceAll("url(#p", `url(#${this.prefix}-${index}-`);
      const picture = document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
      picture.classList.add("fl-paper");
      one.canvas.after(picture);
    });
  }

  fit() {
    if (!this.tree) return;
    this.draw.resize();
    if (this.state.v === "sandwich") for (const half of [this.sandwich.callers, this.sandwich.callees]) half.draw.resize();
  }
}

export function mountFlame(element) {
  const flame = new Flame(element);
  mounted.push(flame);
  return flame;
}

// Paper is light, whatever the screen is.
for (const [when, on] of [["beforeprint", true], ["afterprint", false]])
  addEventListener(when, () => mounted.forEach((flame) => flame.printing(on)));
addEventListener("popstate", () => mounted.forEach((flame) => flame.restore()));
// Keys also count where nothing has the focus and the pointer stands over a flame graph.
document.addEventListener("keydown", (event) => {
  if (document.activeElement !== document.body || event.defaultPrevented) return;
  mounted.find((flame) => flame.inside)?.key(event);
});

for (const element of document.querySelectorAll("[data-flame]")) mountFlame(element);
