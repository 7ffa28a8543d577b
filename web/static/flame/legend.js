// The legend is the table of shares: what the picture holds by category, what the analysis says with its interval, and
// what a rewrite could touch. A click on a category shows only the stacks that end in it.
import { el } from "./dom.js";
import { amount, interval, percent, touchWords } from "./words.js";

const ROWS = 10; // shown at first

// columns by what is known: a picture of CPU time needs no second share.
export class Legend {
  constructor({ onIsolate, colourOf }) {
    this.onIsolate = onIsolate;
    this.colourOf = colourOf;
    this.all = false;
    this.shares = el("div");
    this.colours = el("ul", { class: "fl-colours", hidden: true, "aria-label": "What the colours mean" });
    this.element = el("section", { class: "fl-legend", "aria-label": "Shares by category" }, this.colours, this.shares);
  }

  // What other colours than those of categories mean: [{ label, colour }].
  showColours(entries) {
    this.element.classList.toggle("fl-other", entries.length > 0);
    const seen = new Set();
    const list = entries.filter(({ label }) => !seen.has(label) && seen.add(label)).slice(0, 24);
    this.colours.hidden = list.length === 0;
    this.colours.replaceChildren(
      ...list.map(({ label, colour }) => {
        const swatch = el("i", { class: "fl-swatch" });
        swatch.style.background = colour;
        return el("li", {}, swatch, " ", label);
      }),
    );
  }

  show(model, { threads, isolated, set = 0 }) {
    const { head } = model;
    const weights = model.composition(threads, set);
    const whole = weights.reduce((total, value) => total + value, 0);
    const rows = head.categories
      .map((category, code) => ({ category, code, weight: weights[code] }))
      .filter((row) => row.weight > 0)
      .sort((a, b) => b.weight - a.weight);
    if (whole <= 0) {
      this.shares.replaceChildren();
      return;
    }
    const analysed = !threads && rows.some((row) => row.category.share);
    // In a picture of CPU time the shares of the analysis are those of the picture.
    const same = model.takenAsCpu;
    const head2 = el(
      "tr",
      {},
      el("th", { scope: "col" }, "Category"),
      el("th", { scope: "col", class: "num" }, head.is_diff ? "newer" : "here"),
      el("th", { scope: "col", class: "num" }, "share"),
      el("th", { scope: "col", class: "num" }, analysed && !same ? "of CPU time, 95 %" : "95 % interval"),
      el("th", { scope: "col", class: "num" }, "rewrite can touch"),
    );
    const rangeWords = (range) => {
      if (!range) return analysed ? "no CPU time" : "not known";
      return analysed && !same ? [el("span", {}, percent(range.est)), " ", el("span", { class: "quiet" }, interval(range))] : interval(range);
    };
    const few = !this.all && rows.length > ROWS + 2 && !rows.slice(ROWS).some((row) => row.category.name === isolated);
    const body = rows.slice(0, few ? ROWS : rows.length).map(({ category, code, weight }) => {
      const on = isolated === category.name;
      const share = weight / whole;
      const range = analysed ? category.share : model.interval(weight, whole, set);
      const swatch = el("i", { class: "fl-swatch" });
      swatch.style.background = this.colourOf(code);
      const press = el(
        "button",
        {
          type: "button",
          class: "fl-category",
          "aria-pressed": String(on),
          "data-category": category.name,
          title: on ? "show all categories again" : `show only the stacks that end in: ${category.words}`,
          onclick: () => this.onIsolate(on ? "" : category.name),
        },
        swatch,
        el("span", {}, category.words, el("span", { class: "quiet fl-touch" }, `a rewrite can touch: ${touchWords(category)}`)),
      );
      const bar = el("i", { class: "fl-sharebar" });
      bar.style.width = `${Math.max(1, share * 100)}%`;
      bar.style.background = this.colourOf(code);
      return el(
        "tr",
        { class: on ? "on" : isolated ? "off" : null },
        el("th", { scope: "row" }, press),
        el("td", { class: "num" }, amount(weight, head)),
        el("td", { class: "num fl-withbar" }, bar, el("span", {}, percent(share))),
        el("td", { class: "num" }, rangeWords(range)),
        el("td", { class: "num" }, touchWords(category)),
      );
    });
    const rest = weights[weights.length - 1];
    if (rest > 0)
      body.push(
        el(
          "tr",
          {},
          el("th", { scope: "row" }, el("span", { class: "fl-category" }, el("i", { class: "fl-swatch" }), "not classed")),
          el("td", { class: "num" }, amount(rest, head)),
          el("td", { class: "num" }, percent(rest / whole)),
          el("td", { class: "num" }, "not known"),
          el("td", { class: "num" }, "not known"),
        ),
      );
    const again = () => {
      this.all = !this.all;
      this.show(model, { threads, isolated, set });
    };
    const more = rows.length > ROWS + 2 ? [el("button", { type: "button", class: "fl-all", "aria-expanded": String(!few), onclick: again }, few ? `${rows.length - ROWS} smaller ones` : "only the largest")] : [];
    const focused = this.element.contains(document.activeElement) ? document.activeElement.dataset.category : null;
    this.shares.replaceChildren(
      el("h3", {}, "Where it went"),
      el("table", {}, el("caption", { class: "hidden" }, "Shares by category; a button shows only the stacks that end in it"), el("thead", {}, head2), el("tbody", {}, body)),
      ...more,
      el("p", { class: "quiet fl-pale" }, "Pale boxes have no time of their own: their colour is that of more than half of what they led to, grey where there is none."),
      ...(isolated ? [el("button", { type: "button", class: "fl-all", onclick: () => this.onIsolate("") }, "show all categories")] : []),
    );
    if (focused) [...this.element.querySelectorAll("[data-category]")].find((one) => one.dataset.category === focused)?.focus();
  }
}
