// The same numbers as the picture, as a table: one row a function with its own and its whole weight. Equal alternative to
// the canvas, and the list beside callers and callees. Draws a few hundred rows and more on demand.
import { el } from "./dom.js";
import { amount, interval, percent } from "./words.js";

const STEP = 200;

const by = {
  self: (a, b) => b.self - a.self || b.total - a.total,
  total: (a, b) => b.total - a.total || b.self - a.self,
  name: (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  category: (a, b) => a.category - b.category || b.self - a.self,
  base: (a, b) => b.base - a.base,
  head: (a, b) => b.head - a.head,
  change: (a, b) => Math.abs(b.change) - Math.abs(a.change),
};

export class FunctionTable {
  // narrow: the list of the sandwich view: name, self, total.
  constructor({ narrow, onChoose, onSort, colourOf, caption }) {
    Object.assign(this, { narrow, onChoose, onSort, colourOf });
    this.sort = "self";
    this.limit = STEP;
    this.body = el("tbody");
    this.caption = el("caption", { class: "hidden" }, caption);
    this.header = el("thead");
    this.more = el("button", { type: "button", class: "fl-more", hidden: true, onclick: () => this.showMore() });
    this.note = el("p", { class: "quiet fl-note" });
    this.element = el("div", { class: narrow ? "fl-functions narrow" : "fl-functions" }, el("table", {}, this.caption, this.header, this.body), this.more, this.note);
  }

  // rows: [{ key, name, module, place, self, total, category, base, head, change }], the last three of a comparison
  setRows(rows, context) {
    this.rows = rows;
    this.context = context;
    this.limit = STEP;
    this.draw();
  }
  setSort(sort) {
    if (!by[sort]) return;
    this.sort = sort;
    if (this.rows) this.draw();
  }
  setChosen(key) {
    this.chosen = key;
    for (const row of this.body.children) row.classList.toggle("on", row.dataset.key === String(key));
  }
  showMore() {
    const first = this.limit;
    this.limit += 500;
    this.draw();
    this.body.children[first]?.querySelector("button")?.focus();
  }

  headCell(name, words, title) {
    const on = this.sort === name;
    return el(
      "th",
      { scope: "col", class: name === "name" || name === "category" ? null : "num", "aria-sort": on ? (name === "name" || name === "category" ? "ascending" : "descending") : "none" },
      el("button", { type: "button", title, onclick: () => this.onSort(name) }, words, el("span", { "aria-hidden": "true" }, on ? " ▾" : "")),
    );
  }

  draw() {
    const { diff } = this.context;
    const unfit = diff ? ["self", "total"] : ["base", "head", "change"];
    if (unfit.includes(this.sort)) this.sort = diff ? "change" : "self";
    const list = [...this.rows].sort(by[this.sort]);
    const focus = this.header.contains(document.activeElement) ? document.activeElement.textContent : null;
    const cells = [this.headCell("name", "function", "sort by name")];
    if (diff)
      cells.push(
        this.headCell("base", "before", "sort by the share before, with everything it calls"),
        this.headCell("head", "after", "sort by the share after, with everything it calls"),
        this.headCell("change", "change", "sort by the change of the share"),
      );
    else
      cells.push(
        this.headCell("self", "self", "sort by the weight of the function's own code"),
        this.headCell("total", "total", "sort by the weight with everything it calls"),
      );
    if (!this.narrow) cells.push(this.headCell("category", "category of its own code", "sort by category"));
    this.header.replaceChildren(el("tr", {}, cells));
    this.body.replaceChildren(...list.slice(0, this.limit).map((row) => this.row(row)));
    const left = list.length - this.limit;
    this.more.hidden = left <= 0;
    this.more.textContent = `show ${Math.min(500, left).toLocaleString("en")} more of ${left.toLocaleString("en")}`;
    this.note.textContent = list.length === 0 ? "No function matches." : "";
    if (focus) [...this.header.querySelectorAll("button")].find((one) => one.textContent.slice(0, 4) === focus.slice(0, 4))?.focus();
  }

  weight(value, range) {
    const { head, whole } = this.context;
    if (value === 0) return el("span", { class: "quiet" }, "none");
    const share = whole > 0 ? value / whole : 0;
    // Blanks between them, for those who hear or copy the row.
    const parts = [el("span", { class: "fl-amount" }, amount(value, head)), " ", el("span", { class: "fl-share" }, whole > 0 ? percent(share) : "not known")];
    if (!this.narrow) parts.push(" ", el("span", { class: "quiet" }, range ? interval(range) : "interval not known"));
    return parts;
  }

  row(row) {
    const { head, whole, wholes, intervalOf, diff } = this.context;
    const category = head.categories[row.category];
    const swatch = el("i", { class: "fl-swatch" });
    swatch.style.background = this.colourOf(row.category);
    const bar = el("i", { class: "fl-rowbar", "aria-hidden": "true" });
    const long = diff ? Math.abs(row.change) : whole > 0 ? row[this.sort === "total" ? "total" : "self"] / whole : 0;
    bar.style.width = `${Math.min(100, 100 * long)}%`;
    const place = [row.place, row.module].filter(Boolean).join("  ");
    const own = row.self > 0 || diff;
    const words = own ? (category ? category.words : "not classed") : "no time of its own";
    const kind = own ? words : el("span", { class: "quiet" }, words);
    const cell = (label, parts) => el("td", { class: "num", "data-label": label }, parts);
    const cells = diff
      ? [cell("before", this.share(row.base, wholes[0], 0)), cell("after", this.share(row.head, wholes[1], 1)), cell("change", changePoints(row.change))]
      : [cell("self", this.weight(row.self, intervalOf(row.self))), cell("total", this.weight(row.total, intervalOf(row.total)))];
    return el(
      "tr",
      { "data-key": String(row.key), class: row.key === this.chosen ? "on" : null },
      el(
        "th",
        { scope: "row" },
        bar,
        el("button", { type: "button", class: "fl-name", title: [row.name, place].filter(Boolean).join("\n"), onclick: () => this.onChoose(row.key) }, this.narrow ? swatch : null, row.name),
        this.narrow ? null : [el("span", { class: "quiet fl-place" }, place), el("span", { class: "quiet fl-kind" }, swatch.cloneNode(), " ", words)],
      ),
      cells,
      this.narrow ? null : el("td", { "data-label": "category" }, swatch, " ", kind),
    );
  }

  // One side of a comparison: its total as a share of its own profile.
  share(value, whole, set) {
    const { head, model } = this.context;
    if (value === 0) return el("span", { class: "quiet" }, "none");
    const range = model.interval(value, whole, set);
    return [el("span", { class: "fl-amount" }, amount(value, head)), " ", el("span", { class: "fl-share" }, whole > 0 ? percent(value / whole) : "not known"), " ", this.narrow ? null : el("span", { class: "quiet" }, range ? interval(range) : "interval not known")];
  }
}

const changePoints = (change) => (Math.abs(change) < 0.0005 ? "none" : `${change > 0 ? "+" : "−"}${(Math.abs(change) * 100).toFixed(1)} points`);
