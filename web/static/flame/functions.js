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

  // rows: [{key, name, module, place, self, total, category, baseSelf, baseTotal, change}]
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
    const list = [...this.rows].sort(by[this.sort === "change" && !diff ? "self" : this.sort]);
    const focus = this.header.contains(document.activeElement) ? document.activeElement.textContent : null;
    const cells = [
      this.headCell("name", "function", "sort by name"),
      this.headCell("self", diff ? "self, newer" : "self", "sort by the weight of the function's own code"),
      this.headCell("total", diff ? "total, newer" : "total", "sort by the weight with everything it calls"),
    ];
    if (diff) cells.push(this.headCell("change", "change of share", "sort by the change of the total share"));
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
    const share = whole > 0 ? value / whole : 0;
    const parts = [el("span", { class: "fl-amount" }, amount(value, head)), el("span", { class: "fl-share" }, whole > 0 ? percent(share) : "not known")];
    if (!this.narrow) parts.push(el("span", { class: "quiet" }, range ? interval(range) : value > 0 ? "interval not known" : ""));
    return parts;
  }

  row(row) {
    const { head, whole, intervalOf, diff } = this.context;
    const category = head.categories[row.category];
    const swatch = el("i", { class: "fl-swatch" });
    swatch.style.background = this.colourOf(row.category);
    const bar = el("i", { class: "fl-rowbar", "aria-hidden": "true" });
    bar.style.width = `${whole > 0 ? Math.min(100, (100 * row[this.sort === "total" ? "total" : "self"]) / whole) : 0}%`;
    const place = [row.place, row.module].filter(Boolean).join("  ");
    return el(
      "tr",
      { "data-key": String(row.key), class: row.key === this.chosen ? "on" : null },
      el(
        "th",
        { scope: "row" },
        bar,
        el("button", { type: "button", class: "fl-name", title: [row.name, place].filter(Boolean).join("\n"), onclick: () => this.onChoose(row.key) }, this.narrow ? swatch : null, row.name),
        this.narrow ? null : el("span", { class: "quiet fl-place" }, place),
      ),
      el("td", { class: "num", "data-label": "self" }, this.weight(row.self, intervalOf(row.self))),
      el("td", { class: "num", "data-label": "total" }, this.weight(row.total, intervalOf(row.total))),
      diff ? el("td", { class: "num", "data-label": "change of share" }, `${row.change > 0 ? "+" : row.change < 0 ? "−" : ""}${(Math.abs(row.change) * 100).toFixed(1)} points`) : null,
      this.narrow ? null : el("td", { "data-label": "category" }, swatch, " ", category ? category.words : "not known"),
    );
  }
}
