// Part of a flame graph (index.js): searching, and what of the picture matches.
import { compile } from "./match.js";
import { interval, ofWords, percent } from "./words.js";

export const Searching = (Base) =>
  class extends Base {
    applySearch() {
      const { q, k } = this.state;
      const key = `${k} ${q} ${this.treeOf} ${this.state.v}`;
      if (this.searched === key && this.matchedData === this.data) return;
      this.searched = key;
      this.matchedData = this.data;
      if (!q) {
        this.match = null;
        for (const canvas of this.canvases()) canvas.setMatch(null);
        this.toolbar.showMatch("", false);
        return;
      }
      const test = compile(q, ["text", "glob", "regexp"].includes(k) ? k : "text");
      if (test.error) {
        this.match = null;
        for (const canvas of this.canvases()) canvas.setMatch(null);
        this.toolbar.showMatch(test.error, true);
        return;
      }
      for (const canvas of this.canvases()) canvas.setMatch(test);
      this.match = this.draw.matched;
      const { weight } = this.draw.matchCounts;
      const value = this.tree.whole > 0 ? Math.min(1, weight / this.tree.whole) : null;
      const { totals } = this.tree;
      let functions = 0;
      for (let i = 0; i < totals.count; i++) functions += this.match[totals.key[i]];
      const { head } = this.model;
      const count = `${functions.toLocaleString("en")} ${functions === 1 ? "function" : "functions"}`;
      if (functions === 0) return this.toolbar.showMatch("no function matches", false);
      const set = this.diff ? 1 : 0;
      const range = value === null ? null : this.model.interval(value * head.sets[set].total, head.sets[set].total, set);
      this.toolbar.showMatch(value === null ? count : `${count}, ${percent(value)} of ${this.ofWhat()}, ${interval(range)}`, false);
    }

    ofWhat() {
      return this.diff ? "both" : ofWords(this.model.head);
    }

    canvases() {
      return this.state.v === "sandwich" ? [this.draw, this.sandwich.callers.draw, this.sandwich.callees.draw] : [this.draw];
    }

    searchKey(event) {
      if (event.key === "Enter") {
        event.preventDefault();
        clearTimeout(this.toolbar.typing);
        this.change({ q: this.toolbar.search.value });
        this.nextMatch(event.shiftKey ? -1 : 1);
      }
      if (event.key === "Escape") {
        event.stopPropagation();
        if (this.toolbar.search.value) {
          this.toolbar.search.value = "";
          this.change({ q: "" });
        } else this.canvas.focus();
      }
    }

    // The next box that matches, in the order of the picture.
    nextMatch(step) {
      if (!this.match || this.state.v !== "graph") return;
      const { tree, data } = this;
      for (let i = 1, node = this.selected; i < tree.count; i++) {
        node = (node + step + tree.count) % tree.count;
        if (node !== 0 && this.match[data.keyOf(tree.frame[node])]) return this.select(node);
      }
    }
  };
