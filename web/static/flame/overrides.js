// Correcting a category from the flame graph: a rule of the project's own, which the service applies at once; the list of
// those that hold, each with a button that takes it back.
import { button, choice, el } from "./dom.js";
import { globOf } from "./details.js";
import { showable } from "./text.js";

async function ask(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: { Accept: "application/json", ...(body ? { "Content-Type": "application/json" } : {}) },
    body: body ? JSON.stringify(body) : undefined,
  });
  const answer = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw new Error([answer?.title, answer?.detail].filter(Boolean).join(": ") || `the server answered ${response.status}`);
  return answer;
}

export class Overrides {
  // done(words): something changed and was taken in; the data is to be read anew.
  constructor({ where, done, say }) {
    Object.assign(this, { where, done, say });
  }

  // id: of one correction. The run that is looked at is analysed before the answer.
  path(id = "", again = false) {
    const { project, run } = this.where();
    const path = `/api/v1/projects/${encodeURIComponent(project)}/overrides${id ? `/${encodeURIComponent(id)}` : ""}`;
    return again && run ? `${path}?run=${encodeURIComponent(run)}` : path;
  }

  // What a pattern of each kind would be for this function.
  patterns(model, key) {
    const { data } = model;
    const frame = data.frameOfKey(key);
    const file = data.text(data.frames.file[frame]);
    const module = data.text(data.frames.module[frame]);
    return {
      function: globOf(model.rawName(key)),
      module: globOf(module),
      dso: globOf(module.slice(module.lastIndexOf("/") + 1)),
      file: globOf(file),
    };
  }

  open(model, key, code, place) {
    const patterns = this.patterns(model, key);
    const now = model.category(code);
    const pattern = el("input", { name: "pattern", required: true, maxlength: "300", value: patterns.function, spellcheck: "false", autocomplete: "off" });
    const kind = choice("What the pattern names", Object.entries(patterns).filter(([name, text]) => name === "function" || text).map(([name]) => [name, { function: "function", module: "module", dso: "library (dso)", file: "file" }[name]]), "function", (name) => {
      pattern.value = patterns[name];
    });
    const category = choice(
      "Category",
      [["", "choose"], ...model.head.categories.filter((one) => one.class !== "meta").map((one) => [one.name, one.words])],
      "",
      () => {},
      { required: true, name: "category" },
    );
    const reason = el("input", { name: "reason", required: true, maxlength: "300", placeholder: "why, for those who read it later", autocomplete: "off" });
    const status = el("p", { class: "quiet", role: "status" });
    const send = el("button", { type: "submit" }, "Correct");
    const form = el(
      "form",
      {
        class: "fl-form",
        "aria-label": "Correct the category",
        onsubmit: async (event) => {
          event.preventDefault();
          send.disabled = true;
          status.textContent = "being analysed anew";
          status.classList.remove("failed");
          try {
            const answer = await ask("POST", this.path("", true), { pattern: pattern.value, kind: kind.value, category: category.value, reason: reason.value });
            place.replaceChildren();
            this.done(`${pattern.value} is now: ${model.head.categories.find((one) => one.name === category.value)?.words}.`, answer);
          } catch (error) {
            status.textContent = error.message;
            status.classList.add("failed");
            send.disabled = false;
          }
        },
      },
      el("h4", {}, "Correct the category"),
      el("p", { class: "quiet" }, `Now: ${now ? now.words : "not classed"}. A correction holds for this project, is listed, and can be taken back.`),
      el("label", {}, el("span", {}, "What it is"), category),
      el("label", {}, el("span", {}, "For every"), kind),
      el("label", {}, el("span", {}, "named (* any, ? one sign)"), pattern),
      el("label", {}, el("span", {}, "Because"), reason),
      el("div", { class: "fl-actions" }, send, button("Cancel", "nothing is changed", () => place.replaceChildren())),
      status,
    );
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      place.replaceChildren();
    });
    const list = el("div", { class: "fl-overrides" });
    place.replaceChildren(form, list);
    category.focus();
    this.list(model, list);
  }

  async list(model, place) {
    let rows;
    try {
      const answer = await ask("GET", this.path());
      rows = answer.overrides ?? answer;
    } catch {
      return; // a reader who may not list them still may correct
    }
    rows = Array.isArray(rows) ? rows.filter((row) => row.active !== false) : [];
    if (rows.length === 0) return;
    const words = (name) => model.head.categories.find((one) => one.name === name)?.words ?? name;
    place.replaceChildren(
      el("h4", {}, "Corrections of this project"),
      el(
        "ul",
        {},
        rows.map((row) =>
          el(
            "li",
            {},
            el("code", {}, showable(String(row.pattern))),
            ` (${showable(String(row.kind))}): ${words(row.category)}`,
            row.reason ? el("span", { class: "quiet" }, ` ${showable(String(row.reason))}`) : null,
            " ",
            button("take back", "this correction no longer holds", async (event) => {
              event.target.disabled = true;
              try {
                const answer = await ask("DELETE", this.path(row.id, true));
                this.done(`The correction of ${showable(String(row.pattern))} was taken back.`, answer);
              } catch (error) {
                this.say(error.message);
                event.target.disabled = false;
              }
            }),
          ),
        ),
      ),
    );
  }
}
