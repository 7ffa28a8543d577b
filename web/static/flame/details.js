// What is known of one box and of its function wherever it stands: amounts, shares with intervals, the category and the
// rule that decided it, what free CPU could bring, and what can be done from here.
import { button, el } from "./dom.js";
import { showable } from "./text.js";
import { amount, amountBoth, busyWords, ceiling, ceilingWords, clockWords, interval, isWait, ofWords, percent, shareWords, touchWords, wilson } from "./words.js";

// A glob that finds this name: the signs of the pattern language stand for themselves nowhere, so they become "?".
export const globOf = (name) => name.replace(/[*?[\]]/g, "?");

function row(label, self, total) {
  return el("tr", {}, el("th", { scope: "row" }, label), el("td", { class: "num" }, self), el("td", { class: "num" }, total));
}

function weightCell(model, value, whole, set) {
  if (value === 0) return el("span", { class: "quiet" }, "none");
  const share = whole > 0 ? value / whole : null;
  const range = model.interval(value, whole, set);
  return [
    el("b", {}, share === null ? "not known" : percent(share)),
    el("span", { class: "fl-range" }, range ? interval(range) : value > 0 ? "interval not known" : ""),
    el("span", { class: "quiet" }, amount(value, model.head)),
  ];
}

// A strip of what ran below the function, by category.
function strip(model, facts, colourOf) {
  const parts = [...facts.below].map((weight, code) => ({ weight, code })).filter((part) => part.weight > 0).sort((a, b) => b.weight - a.weight);
  if (parts.length === 0 || facts.total <= 0) return null;
  const name = (part) => model.head.categories[part.code]?.words ?? "not classed";
  const bar = el("div", { class: "fl-strip", role: "img", "aria-label": parts.map((part) => `${name(part)} ${percent(part.weight / facts.total)}`).join(", ") });
  for (const part of parts) {
    const piece = el("i", { title: `${name(part)} ${percent(part.weight / facts.total)}` });
    piece.style.width = `${(100 * part.weight) / facts.total}%`;
    piece.style.background = colourOf(part.code);
    bar.append(piece);
  }
  const words = parts.slice(0, 3).map((part) => `${name(part)} ${percent(part.weight / facts.total)}`);
  if (parts.length > 3) words.push(`${parts.length - 3} more`);
  return [bar, el("p", { class: "quiet" }, words.join(", "))];
}

// The ceiling in words; every sentence that names the whole stands on head.whole.
export function freeWords(model, facts, set = 0) {
  const { head } = model;
  if (head.unit !== "seconds" && !head.seconds_per_unit && head.unit !== "samples") return [`This is about ${head.unit}, not about time: what free CPU would bring is not known from it.`];
  if (head.clock === "off") return ["This picture holds waiting only. Free CPU does not change it."];
  if (head.clock === "unknown" && !model.takenAsCpu) return ["Whether this time was computing or waiting is not known, so what free CPU would bring is not known."];
  if (facts.cpu <= 0) return ["None of it is computing. Free CPU does not change it."];
  // The analysis knows of each sample what its place alone does not tell; where the two disagree, boxes are no shares of CPU.
  if (!model.countedAlike(set)) return ["The analysis counts as CPU time other than these boxes hold (other processes, or time that may have been waiting), so what share of the CPU time this is is not known."];
  const lines = [];
  if (head.clock === "unknown") lines.push("Whether waiting is in this picture is not known. If all of it is computing:");
  const neff = model.neff(set);
  const shareOf = (part) => {
    const est = facts.cpuWhole > 0 ? part / facts.cpuWhole : 0;
    return (neff && wilson(est, neff)) || { lo: null, est, hi: null };
  };
  const all = shareOf(facts.cpu);
  const touch = facts.touchHi === null ? null : { lo: shareOf(facts.touchLo).lo, est: (shareOf(facts.touchLo).est + shareOf(facts.touchHi).est) / 2, hi: shareOf(facts.touchHi).hi };
  const known = all.lo !== null;
  const ofCpu = known ? shareWords(all.est, all) : `${percent(all.est)} (interval not known)`;
  if (facts.cpu < facts.total * 0.999) lines.push(`${amount(facts.cpu, head)} of it is computing; free CPU does not change the rest, which ${facts.unnamed > facts.total * 0.001 ? "waits or is not classed" : "waits"}.`);
  if (!head.whole?.cpu_share) {
    const missing = head.overlapping ? "of a request is not known: requests served and mean response time would settle it" : "of the whole is not known, because this evidence does not say how much of the time was CPU";
    lines.push(`Of the CPU time ${ofCpu} would go; what that is ${missing}.`);
  } else {
    const what = head.whole.kind === "request" ? "a request" : "the whole run";
    lines.push(`Of the CPU time ${ofCpu} would go, and ${what} would be ${ceilingWords(ceiling(all, head.whole))}.`);
    const saved = head.whole.wall_s;
    if (saved !== null && saved !== undefined && saved > 0) {
      const cpu = head.whole.cpu_share;
      const seconds = { unit: "seconds" };
      const [lo, hi] = [all.lo, all.hi].map((share, end) => amount((share ?? 0) * (end === 0 ? cpu.lo : cpu.hi) * saved, seconds));
      const of = amount(saved, seconds);
      lines.push(known ? `That is ${lo === hi ? lo : `${lo} to ${hi}`} of ${of}.` : `That is about ${amount(all.est * cpu.est * saved, seconds)} of ${of} (interval not known).`);
    }
    if (touch && facts.touchLo < facts.cpu * 0.995) {
      lines.push(
        facts.touchHi <= 0
          ? "A rewrite can touch none of it."
          : `If only the part that a rewrite can touch were free: ${ceilingWords(ceiling(touch, head.whole))}.`,
      );
    }
  }
  return lines;
}

// What a rewrite means for the category of a box.
export function categoryWords(category) {
  if (!category) return "Which kind of work this is is not known.";
  if (isWait(category.class)) return "This waits. Free CPU does not change it, and neither does a faster language.";
  if (category.class === "idle") return "The program had nothing to do here. Free CPU does not change it.";
  if (category.class === "spin") return "This burns CPU while it waits. A rewrite of the code does not win it.";
  const touch = touchWords(category);
  if (category.class === "kernel") return touch === "none" ? "The kernel's work: a rewrite cannot win it." : `The kernel's work: a rewrite cannot win it, save what fewer calls would spare (${touch}).`;
  if (category.class === "native") return touch === "none" ? "Native code already: a rewrite cannot win it." : `Native code already: a rewrite cannot win it, save what it would no longer ask for (${touch}).`;
  if (touch === "none") return "A rewrite cannot touch it.";
  if (touch === "all") return "A rewrite can touch all of it.";
  if (touch === "not known") return "How much of it a rewrite could touch is not known.";
  return `A rewrite can touch ${touch} of it.`;
}

export class Details {
  constructor({ actions, colourOf }) {
    this.actions = actions;
    this.colourOf = colourOf;
    this.extra = el("div");
    this.element = el("section", { class: "fl-details", "aria-label": "Selected function" });
  }

  showNothing(model, tree, { threads, complete }) {
    const { head } = model;
    const facts = [];
    const add = (name, words) => facts.push(el("dt", {}, name), el("dd", {}, words));
    for (const set of head.sets) add(head.sets.length > 1 ? showable(set.name) : "all", amountBoth(set.total, head));
    add("clock", clockWords[head.clock] ?? clockWords.unknown);
    if (head.samples !== null && head.samples !== undefined) {
      const neff = model.neff(head.sets.length - 1);
      add(
        "samples",
        neff === null
          ? `${head.samples.toLocaleString("en")}; how many independent ones that is worth is not known`
          : `${head.samples.toLocaleString("en")}${head.clock === "cpu" ? ", worth" : "; those of CPU are worth"} about ${Math.round(neff).toLocaleString("en")} independent ones${head.clock === "cpu" ? "" : ", which every interval here rests on"}`,
      );
    }
    if (head.dropped_share > 0) add("left out", `${percent(head.dropped_share)} in stacks too small to draw`);
    if (threads) add("threads", `${threads.size.toLocaleString("en")} of ${head.threads.length.toLocaleString("en")} chosen`);
    if (complete) add("functions", tree.totals.count.toLocaleString("en"));
    this.element.replaceChildren(
      el("h3", {}, showable(head.name || "profile")),
      el("dl", {}, facts),
      ...(busyWords(head) ? [el("p", { class: "fl-busy" }, busyWords(head))] : []),
      ...(complete ? [] : [el("p", {}, "These are the heaviest boxes; the rest is still being loaded.")]),
      el("p", { class: "quiet" }, "Choose a box, or walk with the arrow keys. Enter zooms in, Escape goes back, ? lists all keys."),
    );
  }

  // context: {tree, node|null, key, threads, set, diff}
  show(model, context) {
    const { tree, node, key, facts, set, diff } = context;
    const { head, data } = model;
    const frame = node ? tree.frame[node] : data.frameOfKey(key);
    const code = node ? tree.category[node] : context.category;
    const category = model.category(code);
    const rule = node ? model.rule(data.nodes.rule[tree.node[node]]) : "";
    const name = model.name(key);
    const swatch = el("i", { class: "fl-swatch" });
    swatch.style.background = this.colourOf(code ?? 255);
    const place = model.place(frame);
    const module = model.module(frame);
    const whole = facts.whole;
    const parts = [
      el("h3", { class: "fl-function", tabindex: "-1" }, name),
      el("p", { class: "fl-place" }, place ? el("span", {}, place) : el("span", { class: "quiet" }, "file not known"), module ? el("span", { class: "quiet" }, module) : null),
    ];
    if (diff) parts.push(this.difference(model, context));
    else
      parts.push(
        el(
          "table",
          { class: "fl-weights" },
          el("thead", {}, el("tr", {}, el("td", {}), el("th", { scope: "col", class: "num" }, "self"), el("th", { scope: "col", class: "num" }, "with callees"))),
          el(
            "tbody",
            {},
            node ? row("this box", weightCell(model, tree.self[node], whole, set), weightCell(model, tree.total[node], whole, set)) : null,
            row(el("span", {}, "everywhere", el("span", { class: "quiet" }, ` in ${(facts.occurrences + facts.recursive).toLocaleString("en")} ${facts.occurrences + facts.recursive === 1 ? "place" : "places"}`)), weightCell(model, facts.self, whole, set), weightCell(model, facts.total, whole, set)),
          ),
        ),
      );
    parts.push(
      el("p", { class: "fl-class" }, swatch, " ", el("b", {}, category ? category.words : facts.self > 0 ? "not classed" : "no time of its own"), ". ", category || facts.self > 0 ? categoryWords(category) : "All of it is in what it calls."),
      rule ? el("p", { class: "quiet fl-rule" }, "decided by ", el("code", {}, rule)) : null,
      strip(model, facts, this.colourOf),
    );
    if (!diff) {
      if (busyWords(head)) parts.push(el("p", { class: "quiet fl-busy" }, busyWords(head)));
      parts.push(el("h4", {}, "If this were free"), ...freeWords(model, facts, set).map((line) => el("p", {}, line)));
    }
    if (facts.recursive > 0) parts.push(el("p", { class: "quiet" }, `Calls itself in ${facts.recursive.toLocaleString("en")} of these places; the sums count each sample once.`));
    parts.push(this.buttons(model, context), this.extra);
    this.extra.replaceChildren();
    this.element.replaceChildren(...parts.flat(Infinity).filter(Boolean));
  }

  difference(model, { tree, node, facts, baseFacts }) {
    const { head } = model;
    const line = (set, one, index) =>
      row(showable(set.name || (index === 0 ? "before" : "after")), weightCell(model, one.self, one.whole, index), weightCell(model, one.total, one.whole, index));
    const was = share(baseFacts.total, baseFacts.whole);
    const is = share(facts.total, facts.whole);
    return [
      el(
        "table",
        { class: "fl-weights" },
        el("thead", {}, el("tr", {}, el("td", {}), el("th", { scope: "col", class: "num" }, "self"), el("th", { scope: "col", class: "num" }, "with callees"))),
        el("tbody", {}, line(head.sets[0], baseFacts, 0), line(head.sets[1], facts, 1)),
      ),
      el("p", { class: "fl-change" }, changeWords(was, is, model.interval(baseFacts.total, baseFacts.whole, 0), model.interval(facts.total, facts.whole, 1), ofWords(head))),
      busyWords(head) ? el("p", { class: "fl-busy" }, busyWords(head)) : null,
      node && tree.base ? el("p", { class: "quiet" }, `This box: ${percent(share(tree.base[node], baseFacts.whole))} before, ${percent(share(tree.head[node], facts.whole))} after.`) : null,
    ];
  }

  buttons(model, context) {
    const { key } = context;
    const name = model.rawName(key);
    const { head } = model;
    const { project, run, mayWrite } = this.actions.where();
    const act = (words, title, letter, action) => el("button", { type: "button", title, onclick: action, "aria-keyshortcuts": letter }, words, letter ? el("kbd", { "aria-hidden": "true" }, letter) : null);
    const tools = [
      act("focus", "show only the stacks that hold this function, from it on", "f", () => this.actions.transform("focus", key)),
      act("hide", "leave the stacks that hold this function out", "h", () => this.actions.transform("hide", key)),
      act("merge", "give this function's own weight to its caller and leave its box out", "m", () => this.actions.transform("merge", key)),
      act("collapse recursion", "draw calls of itself as one box", "c", () => this.actions.transform("collapse", key)),
      act("callers, callees", "who calls it and what it calls, from everywhere", "s", () => this.actions.sandwich(key)),
      context.node ? act("zoom", "this box over the whole width", "Enter", () => this.actions.zoom(context.node)) : null,
    ];
    const links = [];
    if (project) {
      const query = new URLSearchParams();
      if (run) query.set("run", run);
      query.set("name", name.slice(0, 200));
      query.set("match", globOf(name).slice(0, 200));
      links.push(el("a", { class: "button fl-propose", href: `/projects/${encodeURIComponent(project)}/proposals/new?${query}` }, "propose this component"));
      if (mayWrite && head.sets.length === 1) links.push(button("correct the category", "say what kind of work this is, for this project", () => this.actions.correct(key, context.category ?? (context.node ? context.tree.category[context.node] : null), this.extra)));
    }
    if (navigator.clipboard) links.push(el("button", { type: "button", title: "copy the function's name", onclick: async (event) => {
      const pressed = event.currentTarget;
      await navigator.clipboard.writeText(name);
      pressed.textContent = "copied";
    } }, "copy name"));
    return [el("div", { class: "fl-actions", role: "group", "aria-label": "What to do with this function" }, tools), el("div", { class: "fl-actions" }, links)];
  }
}

const share = (value, whole) => (whole > 0 && value !== undefined ? value / whole : null);

// "41 % before, 12 % after: less by 29 points"; whether that is more than noise is said where both intervals are known.
export function changeWords(was, is, wasRange, isRange, of = "the time") {
  if (was === null || is === null) return "How its share changed is not known.";
  const points = Math.abs(is - was) * 100;
  const words = points < 0.05 ? "no change" : `${is > was ? "more" : "less"} by ${points < 10 ? points.toFixed(1) : Math.round(points)} points`;
  const ends = `${percent(was)} of ${of} before, ${percent(is)} after: ${words}.`;
  if (!wasRange || !isRange) return `${ends} Whether that is more than noise is not known.`;
  const se = Math.hypot(wasRange.hi - wasRange.lo, isRange.hi - isRange.lo) / 2;
  return Math.abs(is - was) > se ? `${ends} That is more than noise.` : `${ends} That is within noise.`;
}

// The few lines beside the pointer.
export function hoverLines(model, { tree, node, set, diff }) {
  const { head } = model;
  const frame = tree.frame[node];
  const category = model.category(tree.category[node]);
  const place = [model.place(frame), model.module(frame)].filter(Boolean).join("  ");
  const weight = (value, all, index) => {
    if (!(all > 0)) return `${amount(value, head)}, share not known`;
    const range = model.interval(value, all, index);
    return `${amount(value, head)}, ${percent(value / all)} (${interval(range)})`;
  };
  const lines = [["name", node === 0 ? "all" : model.data.name(frame)]];
  if (node !== 0) lines.push(["place", place || "file not known"]);
  if (diff) lines.push(["before", weight(tree.base[node], tree.wholes[0], 0)], ["after", weight(tree.head[node], tree.wholes[1], 1)]);
  else lines.push(["total", weight(tree.total[node], tree.whole, set)], ["self", weight(tree.self[node], tree.whole, set)]);
  if (node === 0) return lines;
  lines.push(["kind", category ? category.words : "not classed"]);
  const rule = model.rule(model.data.nodes.rule[tree.node[node]]);
  if (rule) lines.push(["rule", rule]);
  return lines;
}
