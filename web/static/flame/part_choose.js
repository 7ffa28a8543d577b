// Part of a flame graph (index.js): choosing boxes, zooming, walking, and the words beside the pointer.
import { NONE } from "./data.js";
import { hoverLines } from "./details.js";
import { el } from "./dom.js";
import { mounted } from "./part_beside.js";
import { defaults } from "./state.js";

export const Choosing = (Base) =>
  class extends Base {
    boxName(node) {
      return node === 0 ? "all" : this.data.name(this.tree.frame[node]);
    }

    select(node) {
      if (this.quiet) return;
      const at = node === NONE || node === null || node === undefined || node < 0 ? 0 : node;
      if (at === this.selected && this.state.v !== "sandwich") return;
      this.change({ b: this.pathOf(at) });
      this.speak(this.tree, at);
      for (const flame of mounted) if (flame !== this && flame.host.parentElement === this.host.parentElement) flame.point(this, at);
    }

    // A box was chosen in the graph beside: the same function here is shown, though not chosen.
    point(other, node) {
      if (!this.tree) return;
      const key = node ? this.model.keyLike(other.model, other.data.keyOf(other.tree.frame[node])) : null;
      const { totals } = this.tree;
      const at = key === null ? -1 : totals.key.indexOf(key);
      this.draw.hover(at < 0 ? -1 : totals.box[at]);
    }

    selectIn(tree, node, half) {
      if (!tree || this.quiet) return;
      this.showDetails(tree, node);
      this.speak(tree, node);
      this.sandwich.last = half;
    }

    speak(tree, node) {
      if (!tree) return;
      this.live.textContent = hoverLines(this.model, { tree, node, set: 0, diff: this.diff }).filter(([kind]) => kind !== "rule").map(([kind, words]) => (kind === "name" || kind === "place" ? words : `${kind} ${words}`)).join(", ");
    }

    zoom(node) {
      const at = node ?? 0;
      if (at === this.zoomedTo) return;
      this.zooms.push(this.state.z);
      this.change({ z: this.pathOf(at), v: "graph" }, true);
      this.live.textContent = at === 0 ? "the whole picture" : `zoomed into ${this.boxName(at)}`;
    }

    // The canvas zoomed by itself (double click, double tap).
    zoomed(node) {
      if (this.quiet) return;
      const at = node ?? 0;
      if (at === this.zoomedTo) return;
      this.zooms.push(this.state.z);
      this.zoomedTo = at;
      this.change({ z: this.pathOf(at) }, true);
    }

    // One step back: the zoom, then the last transform, then the isolated category, then the selection.
    back() {
      const { state } = this;
      if (state.v !== "graph") return this.change({ v: "graph" }, true);
      if (this.zoomedTo) {
        const before = this.zooms.pop() ?? "";
        this.change({ z: before }, true);
        this.live.textContent = before ? `back to ${this.boxName(this.zoomedTo)}` : "the whole picture";
        return undefined;
      }
      this.zooms = [];
      if (state.x) return this.removeTransform(this.transforms().length - 1);
      if (state.i) return this.change({ i: "" }, true);
      if (this.selected) this.select(0);
    }

    resetAll() {
      const { w, e, m, a, v } = this.state;
      this.state = { ...defaults, w, e, m, a, v };
      if (this.diff) this.state.c = "change";
      this.toolbar.search.value = "";
      this.change({}, true);
    }

    walk(direction) {
      if (!this.tree) return;
      if (this.state.v === "sandwich") return this.walkHalf(direction);
      const from = this.selected || this.zoomedTo;
      const next = this.draw.neighbour(from, direction);
      if (next !== null && next !== undefined && next !== NONE && next >= 0) this.select(next);
    }

    walkHalf(direction) {
      const half = [this.sandwich.callers, this.sandwich.callees].find((one) => one.canvas === document.activeElement);
      if (!half) return;
      const next = half.draw.neighbour(half.node, direction);
      if (next === null || next === undefined || next === NONE || next < 0) return;
      half.node = next;
      this.quiet = true;
      half.draw.select(next);
      this.quiet = false;
      this.selectIn(half.tree, next, half);
    }

    // at: { narrow }, how many boxes too narrow to be drawn stand there.
    hover(tree, node, at) {
      const narrow = at?.narrow ?? 0;
      if (!tree || (node < 0 && narrow === 0)) {
        this.tip.hidden = true;
        return;
      }
      const lines = node >= 0 ? hoverLines(this.model, { tree, node, set: 0, diff: this.diff }) : [["place", `${narrow.toLocaleString("en")} boxes, each narrower than a pixel: zoom in to see them`]];
      this.tip.replaceChildren(...lines.map(([kind, words]) => el("div", { class: `fl-tip-${kind}` }, kind === "name" || kind === "place" ? null : el("span", { class: "fl-tip-kind" }, kind), el("span", {}, words))));
      this.tip.hidden = false;
      this.placeTip(this.pointer);
    }

    placeTip(event) {
      if (this.tip.hidden || !event) return;
      const { offsetWidth: width, offsetHeight: height } = this.tip;
      const left = event.clientX + 16 + width > innerWidth ? Math.max(4, event.clientX - width - 12) : event.clientX + 16;
      const top = event.clientY + 18 + height > innerHeight ? Math.max(4, event.clientY - height - 12) : event.clientY + 18;
      this.tip.style.left = `${left}px`;
      this.tip.style.top = `${top}px`;
    }

    // The same box told again would wipe a form that is open below it.
    showDetails(tree, node, key = null) {
      const threads = this.threads();
      this.colourOf(255); // makes the palette
      const told = [this.data, tree, node, key, this.palette];
      if (this.told && told.every((one, i) => one === this.told[i])) return;
      this.told = told;
      if (!this.data.complete || (!node && key === null)) return this.details.showNothing(this.model, this.tree, { threads, complete: this.data.complete });
      const chosen = key ?? this.data.keyOf(tree.frame[node]);
      const set = this.diff ? 1 : 0;
      const wanted = `${chosen}/${this.state.t}`;
      if (this.factsOf !== wanted || this.factsData !== this.data) {
        this.factsOf = wanted;
        this.factsData = this.data;
        this.facts = this.model.facts(chosen, threads, set);
        this.baseFacts = this.diff ? this.model.facts(chosen, threads, 0) : null;
      }
      const heavy = node ? tree.category[node] : this.data.nodes.category[0];
      this.details.show(this.model, { tree, node, key: chosen, facts: this.facts, baseFacts: this.baseFacts, set, diff: this.diff, threads, category: heavy });
    }
  };
