// Part of a flame graph (index.js): transforms, callers and callees, and the table.
import { NONE } from "./data.js";
import { compile } from "./match.js";

export const Viewing = (Base) =>
  class extends Base {
    chosenKey() {
      if (this.state.v === "sandwich") {
        const half = this.sandwich.last;
        if (half?.node) return this.data.keyOf(half.tree.frame[half.node]);
        return this.sandwich.key;
      }
      if (this.state.v === "table") return this.table.chosen ?? null;
      return this.selected ? this.data.keyOf(this.tree.frame[this.selected]) : null;
    }

    withChosen(action) {
      const key = this.chosenKey();
      if (key === null || key === undefined || key === NONE) return this.speakWords("Choose a function first.");
      action(key);
    }

    speakWords(words) {
      this.live.textContent = words;
    }

    transform(op, key) {
      const part = `${op}:${this.model.keyText(key)}`;
      const list = this.state.x ? this.state.x.split(".") : [];
      if (list.includes(part)) return;
      this.change({ x: [...list, part].join("."), z: "", b: op === "focus" || op === "collapse" ? this.state.b : "", v: "graph" }, true);
      this.speakWords(`${op} ${this.model.name(key)}`);
    }

    removeTransform(index) {
      const list = this.transforms();
      list.splice(index, 1);
      this.change({ x: list.map((one) => one.text).join("."), z: "" }, true);
    }

    openSandwich(key) {
      this.change({ v: "sandwich", f: this.model.keyText(key) }, true);
    }

    functionRows() {
      if (this.rows) return this.rows;
      const { totals } = this.tree;
      const { model, data } = this;
      const wholes = this.tree.wholes;
      this.rows = [];
      for (let i = 0; i < totals.count; i++) {
        const key = totals.key[i];
        const frame = data.frameOfKey(key);
        if (key === data.keyOf(this.tree.frame[0]) && this.tree.parent[totals.box[i]] === totals.box[i]) continue;
        this.rows.push({
          key,
          name: model.name(key),
          place: model.place(frame),
          module: model.module(frame),
          self: totals.self[i],
          total: totals.total[i],
          base: totals.base ? totals.base[i] : null,
          head: totals.head ? totals.head[i] : null,
          change: wholes && wholes[0] > 0 && wholes[1] > 0 ? totals.head[i] / wholes[1] - totals.base[i] / wholes[0] : 0,
          category: totals.category[i],
        });
      }
      return this.rows;
    }

    tableContext() {
      return { head: this.model.head, model: this.model, whole: this.tree.whole, wholes: this.tree.wholes, diff: this.diff, intervalOf: (value) => this.model.interval(value, this.tree.whole, 0) };
    }

    applyTable() {
      const { q, n } = this.state;
      const wanted = `${this.treeOf} ${q} ${this.state.k}`;
      this.table.setSort(n || "self");
      if (this.tableOf !== wanted || this.tableData !== this.data) {
        this.tableOf = wanted;
        this.tableData = this.data;
        const rows = this.functionRows();
        this.table.setRows(this.match && q ? rows.filter((row) => this.match[row.key]) : rows, this.tableContext());
      }
      const chosen = this.selected ? this.data.keyOf(this.tree.frame[this.selected]) : this.table.chosen;
      this.table.setChosen(chosen ?? null);
    }

    applySandwich(view) {
      const { f, l, n } = this.state;
      const rows = this.functionRows();
      let key = this.model.keyOfText(f);
      if (f && key === null) this.say("The function named in this address is not in this profile.");
      if (key === null && this.selected) key = this.data.keyOf(this.tree.frame[this.selected]);
      if (key === null && rows.length > 0) key = rows.reduce((best, row) => (row.self > best.self ? row : best), rows[0]).key;
      const listOf = `${this.treeOf} ${l}`;
      if (document.activeElement !== this.sandwich.filter) this.sandwich.filter.value = l;
      this.sandwich.list.setSort(n || "self");
      if (this.sandwichList !== listOf || this.sandwichData !== this.data) {
        this.sandwichList = listOf;
        this.sandwichData = this.data;
        const test = l ? compile(l, "text") : null;
        this.sandwich.list.setRows(test ? rows.filter((row) => test.test(row.name)) : rows, this.tableContext());
      }
      if (key === null) return;
      const wanted = `${this.treeOf} ${key} ${this.state.c}`;
      if (this.sandwichOf !== wanted || this.sandwich.key !== key) {
        this.sandwichOf = wanted;
        this.sandwich.show(this.model, view, key, { colour: this.state.c });
        this.sandwich.last = null;
        this.searched = null;
        this.applySearch();
      }
      const { totals } = this.tree;
      const at = totals.key.indexOf(key);
      this.showDetails(this.tree, at >= 0 ? totals.box[at] : 0, key);
    }

    // A row of the table: the function's heaviest box is the one that is told of.
    chooseFunction(key) {
      const { totals } = this.tree;
      const at = totals.key.indexOf(key);
      const box = at >= 0 ? totals.box[at] : 0;
      this.table.chosen = key;
      this.change({ b: this.pathOf(box) });
      this.speak(this.tree, box);
    }
  };
