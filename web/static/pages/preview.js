// What a proposal would come to. One question at a time is under way; what changed meanwhile is asked next, the newest
// alone, and a question that takes too long gives way to it.
import { problem } from "./request.js";

const patience = 1500;
const pause = 1500;
const allowed = new Set(["svg", "g", "rect", "line", "text", "tspan", "title", "desc", "path", "polyline", "polygon", "circle"]);

function make(tag, text, name) {
  const element = document.createElement(tag);
  if (text !== undefined && text !== null) element.textContent = text;
  if (name) element.className = name;
  return element;
}

// Pictures are drawn by the service; only shapes and words of them are taken.
function picture(text, label) {
  const svg = new DOMParser().parseFromString(text, "text/html").querySelector("svg");
  if (!svg) return null;
  for (const element of [svg, ...svg.querySelectorAll("*")]) {
    if (!allowed.has(element.localName)) element.remove();
    for (const { name } of [...element.attributes])
      if (name.startsWith("on") || name.endsWith("href") || name === "style") element.removeAttribute(name);
  }
  const figure = document.createElement("figure");
  figure.append(document.importNode(svg, true));
  figure.setAttribute("aria-label", label);
  return figure;
}

export class Preview {
  constructor(box, address, { faults, field, fact, run }) {
    this.box = box;
    this.address = address;
    this.faults = faults;
    this.field = field;
    this.fact = fact;
    this.judgedBy = run;
    this.again = null; // what the service had no time for
    this.errors = [];
    this.asked = null; // the newest wish that is not yet under way
    this.running = null;
    this.head = make("div", null, "ed-verdict");
    this.note = make("p", null, "status quiet");
    this.note.setAttribute("role", "status");
    this.body = make("div");
    box.replaceChildren(make("h2", "What it would come to"), this.head, this.note, this.body);
    box.hidden = false;
  }

  want(proposal, run) {
    this.asked = JSON.stringify({ proposal, ...(run ? { run } : {}), brief: true });
    if (!this.running) this.next();
    else if (performance.now() - this.running.since > patience) this.running.stop.abort();
  }

  wait(why) {
    this.asked = null;
    this.box.classList.add("old");
    this.note.textContent = `Of before the last change: ${why}.`;
  }

  async next() {
    const body = this.asked ?? this.again;
    this.asked = this.again = null;
    this.sent = body;
    const stop = new AbortController();
    this.running = { since: performance.now(), stop };
    this.box.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(this.address, { method: "POST", headers: { "Content-Type": "application/json" }, body, signal: stop.signal });
      this.take({ ok: answer.ok, status: answer.status, body: await answer.json().catch(() => null) });
    } catch (error) {
      if (error.name !== "AbortError") this.fail("the server did not answer");
    }
    this.box.dataset.took = Math.round(performance.now() - this.running.since);
    this.running = null;
    if (this.asked) this.next();
    else this.box.removeAttribute("aria-busy");
  }

  take(answer) {
    if (answer.ok) {
      this.errors = [];
      this.faults([]);
      this.show(answer.body);
      this.judgedBy(answer.body.run);
      return;
    }
    // The service has too much to do: the same in a moment, unless something newer is wanted by then.
    if (answer.status === 503) {
      this.again = this.sent;
      setTimeout(() => this.again && !this.running && this.next(), pause);
      this.fail("the service has much to do; asked again in a moment");
      return;
    }
    this.errors = answer.body?.errors ?? [];
    const homeless = this.faults(this.errors);
    this.fail(homeless[0] ?? (this.errors.length > 0 ? "a field cannot be used" : problem(answer)));
  }

  fail(text) {
    this.box.classList.add("old");
    this.note.textContent = this.head.childElementCount > 0 ? `Of before the last change: ${text}.` : text;
  }

  link(name, text) {
    const button = make("button", text, "link");
    button.type = "button";
    button.addEventListener("click", () => {
      const field = this.field(name);
      // What is no field of the form is a fact that can be stated.
      if (!field) return this.fact(name);
      const more = field.closest("details");
      if (more) more.open = true;
      field.focus();
    });
    return button;
  }

  section(title, content) {
    if (!content) return [];
    return [make("h3", title), content];
  }

  list(texts, names = []) {
    if (texts.length === 0) return null;
    const list = make("ul");
    texts.forEach((text, i) => {
      const item = make("li");
      item.append(names[i] ? this.link(names[i], text) : text);
      list.append(item);
    });
    return list;
  }

  speed(rows) {
    if (!rows.some((row) => row.ceiling || row.expected || row.claimed)) return null;
    const table = make("table", null, "ed-speed stack");
    const head = table.createTHead().insertRow();
    for (const text of ["faster", "at most", "expected", "claimed"]) {
      const cell = make("th", text, text === "faster" ? "" : "num");
      cell.scope = "col";
      head.append(cell);
    }
    const body = table.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      const name = make("th", row.name);
      name.scope = "row";
      if (row.text) name.append(make("span", ` ${row.text}`, "quiet"));
      line.append(name);
      for (const [key, label] of [["ceiling", "at most"], ["expected", "expected"], ["claimed", "claimed"]]) {
        const unknown = key === "claimed" ? "none" : "not known";
        const cell = make("td", row[key] ?? unknown, row[key] ? "num" : "num quiet");
        cell.dataset.label = label;
        line.append(cell);
      }
    }
    return table;
  }

  money(rows) {
    if (rows.length === 0) return null;
    const list = make("dl", null, "ed-money");
    for (const { key, value } of rows) list.append(make("dt", key), make("dd", value));
    return list;
  }

  show({ words, pictures, draws, run }) {
    this.box.classList.remove("old");
    this.box.dataset.shown = Number(this.box.dataset.shown ?? 0) + 1;
    this.note.textContent = `${run ? `Judged by run ${run}` : "No recording is looked at"}; ${draws.toLocaleString("en")} outcomes drawn. Nothing is stored.`;
    const state = make("p", words.headline, `pill ${words.state}`);
    const chance = make("p", null, "ed-chance");
    chance.append("chance to pay back ", make("b", words.chance ?? "not known"));
    this.head.replaceChildren(state, make("p", `gate: ${words.gate}`, "gate"), chance);
    const parts = [make("p", words.sentence)];
    if (words.part) {
      const split = make("p", null, "split");
      split.append(make("span", `the whole: ${words.whole}`, `pill ${words.whole}`), " ", make("span", `one part: ${words.part}`, `pill ${words.part}`));
      parts.push(split);
    }
    parts.push(...this.section("How much faster", this.speed(words.speed)));
    parts.push(...this.section("What is missing", this.list(words.missing, words.missing_names)));
    parts.push(...this.section("Cost and worth", this.money(words.money)));
    for (const [key, label] of [["npv", "distribution of the net present value"], ["tornado", "what moves it most"]]) {
      const drawn = pictures[key] && picture(pictures[key], label);
      if (drawn) parts.push(drawn);
    }
    parts.push(...this.section("What would change it", this.list(words.changes)));
    parts.push(...this.section("Assumed, since not given", this.list(words.defaults)));
    parts.push(...this.section("The effort against other measures", this.list(words.checks)));
    this.body.replaceChildren(...parts);
  }
}
