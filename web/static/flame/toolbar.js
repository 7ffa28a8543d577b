// The controls above a flame graph. They show the state and ask for changes of it; they keep none.
import { button, choice, el, menu, segments } from "./dom.js";
import { amount, percent } from "./words.js";
import { showable } from "./text.js";

const THREADS_SHOWN = 200;

export class Toolbar {
  // change(values, push): what the reader chose, as members of the state.
  constructor({ change, exportItems, besideItems, onHelp, onBack, onReset, onZoomPath, onRemoveTransform, onSearchKey }) {
    Object.assign(this, { change, exportItems, besideItems, onZoomPath, onRemoveTransform });
    this.search = el("input", {
      type: "search",
      placeholder: "search functions",
      "aria-label": "Search functions",
      "aria-keyshortcuts": "/",
      autocomplete: "off",
      spellcheck: "false",
      oninput: () => {
        clearTimeout(this.typing);
        this.typing = setTimeout(() => this.change({ q: this.search.value }), 120);
      },
      onkeydown: onSearchKey,
    });
    this.kind = choice("How the search reads", [["text", "text"], ["glob", "glob"], ["regexp", "regexp"]], "text", (k) => change({ k }));
    this.matched = el("output", { class: "fl-matched", "aria-live": "polite" });
    this.view = segments("View", [["graph", "Graph"], ["sandwich", "Callers and callees", "s"], ["table", "Table", "t"]], "graph", (v) => change({ v }));
    this.colour = choice("Colour", [["category", "category"], ["module", "module"], ["thread", "thread"]], "category", (c) => change({ c }));
    this.shape = segments("Direction", [["flame", "Flame", "callers below"], ["icicle", "Icicle", "callers above"]], "flame", (s) => change({ s }));
    this.order = choice("Order", [["heavy", "heaviest first"], ["name", "by name"]], "heavy", (o) => change({ o }));
    this.threads = menu("All threads", () => this.threadPanel());
    this.column = choice("Event", [], "", (e) => change({ e }));
    this.artefact = choice("File", [], "", (a) => change({ a, e: "" }));
    this.merge = choice("Boxes for", [["function", "functions"], ["line", "lines"]], "function", (m) => change({ m }));
    this.beside = menu("Beside", (close) => this.besideItems?.(close));
    this.exports = menu("Export", (close) => this.exportItems(close));
    this.help = button("?", "keys", onHelp, { class: "fl-help", "aria-label": "Keys", "aria-keyshortcuts": "?" });
    this.back = button("Back", "to the picture before", onBack, { "aria-keyshortcuts": "Backspace" });
    this.reset = button("Reset", "everything as it was at first", onReset, { "aria-keyshortcuts": "r" });
    this.crumbs = el("nav", { class: "fl-crumbs", "aria-label": "Zoomed path" });
    this.chips = el("ul", { class: "fl-chips", "aria-label": "What was changed in the stacks" });
    const field = (words, control) => el("label", { class: "fl-field" }, el("span", {}, words), control);
    this.columnField = field("Event", this.column);
    this.artefactField = field("File", this.artefact);
    this.more = button("Options", "colour, direction, order and more", () => this.showOptions(), { class: "fl-options", "aria-expanded": "false" });
    this.element = el(
      "div",
      { class: "fl-toolbar", role: "toolbar", "aria-label": "Flame graph" },
      el("div", { class: "fl-search" }, this.search, this.kind, this.matched),
      this.view,
      this.more,
      el("div", { class: "fl-controls" }, field("Colour", this.colour), this.shape, field("Order", this.order), field("Boxes", this.merge), this.artefactField, this.columnField, this.threads, this.beside, this.exports, this.help),
    );
    this.path = el("div", { class: "fl-path" }, this.back, this.reset, this.crumbs, this.chips);
  }

  // On a narrow page the controls stand behind a button.
  showOptions() {
    const open = this.element.classList.toggle("fl-open");
    this.more.setAttribute("aria-expanded", String(open));
  }

  // What this profile offers.
  // hasOthers: there are other profiles to stand beside this one.
  offer(model, hasOthers) {
    const { head } = model;
    this.model = model;
    const diff = head.sets.length === 2;
    const options = (select, list) => select.replaceChildren(...list.map(([key, words]) => el("option", { value: key }, words)));
    options(this.colour, [["category", "category"], ["module", "module"], ["thread", "thread"], ...(diff ? [["change", "change"]] : [])]);
    options(this.order, [["heavy", "heaviest first"], ["name", "by name"], ...(head.order ? [["time", head.order.thinned ? "in time, thinned" : "in time"]] : [])]);
    options(this.column, head.columns.map((column, index) => [String(index), `${showable(column.event)} (${showable(column.unit)})`]));
    this.columnField.hidden = head.columns.length < 2;
    options(this.artefact, (head.artefacts ?? []).map((one) => [String(one.index), showable(one.name)]));
    this.artefactField.hidden = (head.artefacts ?? []).length < 2;
    this.threads.hidden = head.threads.length < 2;
    this.beside.hidden = diff || !this.besideItems || (head.columns.length < 2 && !hasOthers);
  }

  show(state, { threads, crumbs, transforms }) {
    if (document.activeElement !== this.search) this.search.value = state.q;
    this.kind.value = state.k;
    this.view.show(state.v);
    this.colour.value = state.c;
    this.shape.show(state.s);
    this.order.value = state.o;
    this.merge.value = this.model.head.merge ?? "function";
    this.column.value = String(this.model.head.column ?? 0);
    this.artefact.value = String(this.model.head.artefact ?? 0);
    this.chosen = threads;
    const all = this.model.head.threads;
    this.threads.label(threads ? (threads.size === 1 ? threadName(all[[...threads][0]]) : `${threads.size.toLocaleString("en")} of ${all.length.toLocaleString("en")} threads`) : `All ${all.length.toLocaleString("en")} threads`);
    this.threads.toggle.classList.toggle("fl-active", threads !== null);
    const list = crumbs.map((crumb, index) =>
      index === crumbs.length - 1
        ? el("span", { "aria-current": "true" }, crumb.name)
        : [button(crumb.name, crumb.name, () => this.onZoomPath(crumb.node)), el("span", { class: "quiet", "aria-hidden": "true" }, "›")],
    );
    this.crumbs.replaceChildren(...list.flat());
    this.crumbs.hidden = crumbs.length < 2;
    this.crumbs.scrollLeft = this.crumbs.scrollWidth;
    this.chips.replaceChildren(
      ...transforms.map((one, index) => el("li", {}, el("span", {}, `${one.op}: `, el("b", {}, one.name)), button("×", `no longer: ${one.op} ${one.name}`, () => this.onRemoveTransform(index), { "aria-label": `Remove: ${one.op} ${one.name}` }))),
    );
    this.chips.hidden = transforms.length === 0;
    this.path.hidden = crumbs.length < 2 && transforms.length === 0 && !threads && !state.i;
    this.back.disabled = crumbs.length < 2 && transforms.length === 0;
  }

  showMatch(words, failed) {
    this.matched.textContent = words;
    this.matched.classList.toggle("failed", failed);
    this.search.setAttribute("aria-invalid", String(failed));
  }

  threadPanel() {
    const { head } = this.model;
    const whole = head.sets[0].total;
    const chosen = new Set(this.chosen ?? []);
    const list = head.threads.map((thread, index) => ({ thread, index })).sort((a, b) => weight(b.thread) - weight(a.thread));
    const say = () => this.change({ t: [...chosen].sort((a, b) => a - b).join(".") });
    const rows = el("div", { class: "fl-threads" });
    const draw = (text) => {
      const wanted = text.toLowerCase();
      const found = list.filter(({ thread }) => threadName(thread).toLowerCase().includes(wanted));
      rows.replaceChildren(
        ...found.slice(0, THREADS_SHOWN).map(({ thread, index }) =>
          el(
            "label",
            {},
            el("input", {
              type: "checkbox",
              checked: chosen.has(index),
              onchange: (event) => {
                event.target.checked ? chosen.add(index) : chosen.delete(index);
                say();
              },
            }),
            el("span", { class: "fl-threadname" }, threadName(thread)),
            el("span", { class: "num" }, amount(weight(thread), head)),
            el("span", { class: "num quiet" }, whole > 0 ? percent(Math.min(1, weight(thread) / whole)) : ""),
          ),
        ),
        found.length > THREADS_SHOWN ? el("p", { class: "quiet" }, `${(found.length - THREADS_SHOWN).toLocaleString("en")} more; type a part of the name`) : "",
      );
    };
    draw("");
    return [
      list.length > 12 ? el("input", { type: "search", placeholder: "find a thread", "aria-label": "Find a thread", oninput: (event) => draw(event.target.value) }) : null,
      rows,
      button("all threads", "no thread is left out", () => {
        chosen.clear();
        say();
        draw("");
      }),
    ];
  }
}

const weight = (thread) => (Array.isArray(thread.total) ? Math.max(...thread.total) : thread.total);

export function threadName(thread) {
  const parts = [thread.name, thread.process && thread.process !== thread.name ? thread.process : null].filter(Boolean).map((part) => showable(String(part)));
  const name = parts.join(", ") || "thread without a name";
  return thread.tid !== null && thread.tid !== undefined && thread.tid !== 0 ? `${name} (${thread.tid})` : name;
}
