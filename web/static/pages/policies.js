// Rules of a project: changed in place, tried out on all decisions and analyses, saved when just that was tried out.
import { Complete } from "./complete.js";
import { difference } from "./difference.js";
import { read } from "./quantity.js";
import { problem } from "./request.js";

const root = document.querySelector("[data-policies]");
const pause = 400;
const verdicts = {
  insufficient_evidence: "not decided yet", do_not_migrate: "a rewrite would not pay", fix_wait_first: "fix the waiting first",
  optimise_in_place: "optimise in place first", native_extension: "move one part to native code", full_migration: "a rewrite is supported",
};
const gates = { pass: "open", fail: "closed: shown otherwise", insufficient: "closed: not shown yet", waived: "waived" };

function make(tag, text, name) {
  const element = document.createElement(tag);
  if (text !== undefined && text !== null) element.textContent = text;
  if (name) element.className = name;
  return element;
}

function button(text, name) {
  const element = make("button", text, name);
  element.type = "button";
  return element;
}

function table(heads, name) {
  const element = make("table", null, name);
  const row = element.createTHead().insertRow();
  for (const text of heads) {
    const cell = make("th", text);
    cell.scope = "col";
    row.append(cell);
  }
  return { element, body: element.createTBody() };
}

// --- versions, for whoever may read ---

const place = root.querySelector("#difference");
for (const row of root.querySelectorAll("[data-version-row]")) {
  const cell = row.lastElementChild;
  const older = row.nextElementSibling;
  if (!older) {
    cell.textContent = "the first";
    continue;
  }
  const open = button("compare with the one before", "link");
  cell.append(open);
  open.addEventListener("click", async () => {
    const texts = [];
    for (const one of [older, row]) {
      const answer = await fetch(one.dataset.api);
      if (!answer.ok) {
        place.textContent = `version ${one.dataset.versionRow}: the server answered ${answer.status}`;
        return;
      }
      texts.push(JSON.stringify((await answer.json()).document, null, 2));
    }
    const lines = make("pre", null, "ed-difference");
    for (const { kind, line } of difference(...texts)) {
      const element = make(kind === "+" ? "ins" : kind === "-" ? "del" : "span", `${kind} ${line}`);
      lines.append(element);
    }
    place.replaceChildren(make("h3", `From version ${older.dataset.versionRow} to ${row.dataset.versionRow}`), lines);
    place.focus();
  });
}

if (root.dataset.try) edit();

function edit() {
  const first = root.dataset.document.trim() === "" ? { schema: "stet/project/1" } : JSON.parse(root.dataset.document);
  let doc = structuredClone(first);
  const rulesText = root.dataset.rules;
  const faults = new Map(); // what cannot be read here: field -> text

  // --- fields where the page shows them ---

  for (const box of root.querySelectorAll("[data-pack]")) {
    box.disabled = false;
    box.addEventListener("change", () => {
      box.closest("label").lastChild.textContent = box.checked ? "yes" : "no";
      const chosen = new Set(doc.packs ?? []);
      if (box.checked) chosen.add(box.dataset.pack);
      else chosen.delete(box.dataset.pack);
      if (chosen.size > 0) doc.packs = [...chosen];
      else delete doc.packs;
      changed();
    });
  }
  for (const field of root.querySelectorAll("[data-line]")) {
    field.readOnly = false;
    const fault = make("p", null, "field-error");
    field.after(fault);
    const setBy = field.closest("tr").lastElementChild;
    const [was, who] = [field.value, setBy.textContent];
    field.addEventListener("input", () => {
      let value;
      setBy.textContent = field.value === was ? who : field.value.trim() === "" ? "default, by this change" : "this change";
      faults.delete(field);
      try {
        value = read(field.value);
        if (value !== undefined && typeof value !== "number") throw new Error("want one number");
      } catch (error) {
        faults.set(field, error.message);
      }
      const lines = { ...(doc.thresholds ?? {}) };
      if (value === undefined) delete lines[field.dataset.line];
      else lines[field.dataset.line] = value;
      if (Object.keys(lines).length > 0) doc.thresholds = lines;
      else delete doc.thresholds;
      changed();
    });
  }
  const faultOf = (field) => field.parentElement.querySelector(".field-error");

  // --- own rules ---

  const own = root.querySelector("[data-own-place]");
  const label = make("label", "Rules, one a line: ");
  label.append(make("span", "id | fires when | effect | basis | reason", "unit"));
  const area = make("textarea", null, "ed-code");
  area.id = "own-rules";
  label.htmlFor = area.id;
  area.rows = Math.min(20, Math.max(4, rulesText.split("\n").length + 1));
  area.spellcheck = false;
  area.value = rulesText;
  const hint = make("p", "As: OWN-1 | lost_share > 0.01 | undecided | absence | More than a hundredth of the samples was lost. " +
    "Effects: undecided, settle:N, ceil:N, floor:N, exempt:ID, note; basis: evidence, absence, input. A rule fires when its condition is 1; what is not known never fires.", "hint");
  const ownFault = make("p", null, "field-error");
  ownFault.setAttribute("role", "alert");
  own.append(label, area, ownFault, hint);
  const complete = new Complete(area, "fact-list");
  const facts = make("details");
  facts.append(make("summary", "All names that rules can read"));
  own.append(facts);
  fetch(root.dataset.facts).then((answer) => answer.json()).then((answer) => {
    complete.names = answer.facts.map(({ name, meaning, unit }) => ({ name, words: `${meaning}${unit === "text" ? "" : ` (${unit})`}` }));
    const { element, body } = table(["name", "what it means", "unit", "range"], "stack");
    for (const fact of answer.facts) {
      const row = body.insertRow();
      const name = make("th");
      name.scope = "row";
      name.append(make("code", fact.name));
      row.append(name, make("td", fact.meaning), make("td", fact.unit),
        make("td", fact.words.length > 0 ? fact.words.join(", ") : fact.min === null ? "" : fact.max >= 1e15 ? `from ${fact.min}` : `${fact.min} to ${fact.max}`));
    }
    facts.append(element);
  }).catch(() => {});
  area.addEventListener("input", () => {
    const text = area.value;
    if (text === rulesText) {
      if ("rules" in first) doc.rules = first.rules;
      else delete doc.rules;
    } else if (text.trim() === "") delete doc.rules;
    else doc.rules = text;
    changed();
  });
  root.querySelector("[data-own-table]").hidden = true;

  // --- exemptions ---

  const exempt = root.querySelector("[data-exempt-place]");
  const rows = make("div");
  const add = button("add an exemption", "add");
  exempt.append(rows, add);
  root.querySelector("[data-exempt-table]").hidden = true;
  const members = [["rule", "Rule", "as CPU-03"], ["owner", "Owner", "who answers for it"], ["reason", "Reason", ""], ["until", "Until", "last day, as 2027-03-31"]];
  let made = 0;
  const takeExemptions = () => {
    const list = [...rows.children].map((row) => {
      const item = { ...(row.item ?? {}) };
      for (const field of row.querySelectorAll("input")) {
        if (field.value.trim() === "") delete item[field.dataset.member];
        else item[field.dataset.member] = field.value.trim();
      }
      return item;
    });
    if (list.length > 0) doc.exemptions = list;
    else delete doc.exemptions;
    changed();
  };
  function exemption(item) {
    const row = make("fieldset", null, "ed-row");
    row.item = item;
    row.append(make("legend", "exemption"));
    const fields = make("div", null, "ed-fields");
    for (const [member, text, words] of members) {
      const box = make("div", null, "ed-field");
      const field = make("input");
      field.id = `exempt-${made++}`;
      field.dataset.member = member;
      field.value = item[member] ?? "";
      const name = make("label", text);
      name.htmlFor = field.id;
      if (words) name.append(" ", make("span", words, "unit"));
      box.append(name, field, make("p", null, "field-error"));
      fields.append(box);
    }
    const remove = button("remove", "remove");
    remove.addEventListener("click", () => {
      row.remove();
      takeExemptions();
      add.focus();
    });
    row.append(remove, fields);
    row.addEventListener("input", takeExemptions);
    rows.append(row);
    return row;
  }
  for (const item of Array.isArray(doc.exemptions) ? doc.exemptions : []) exemption(item);
  add.addEventListener("click", () => exemption({}).querySelector("input").focus());

  // --- the document, the trial, saving ---

  const box = root.querySelector("[data-edit-place]");
  const whole = make("details");
  const wholeArea = make("textarea", null, "ed-code");
  wholeArea.rows = 16;
  wholeArea.spellcheck = false;
  wholeArea.setAttribute("aria-label", "the document as JSON");
  const wholeFault = make("p", null, "field-error");
  whole.append(make("summary", "The whole document, as JSON"), wholeArea, wholeFault);
  const trial = make("section", null, "ed-trial");
  trial.setAttribute("aria-label", "what it would change");
  const status = make("p", null, "status");
  status.setAttribute("role", "status");
  const found = make("div");
  const save = button("Save as a new version");
  save.className = "main";
  save.disabled = true;
  trial.append(make("h2", "What it would change"), status, found);
  if (root.dataset.write) {
    const line = make("p", null, "ed-save");
    line.append(save);
    trial.append(line);
  }
  box.append(whole, trial);
  status.textContent = "Nothing is changed yet. A change is tried out on every decision and every newest analysis before it can be saved.";

  let tried = null; // the text that the last answer speaks of
  let timer = 0;
  let running = null;
  const textNow = () => JSON.stringify(doc, null, 1);
  const isSame = () => textNow() === JSON.stringify(first, null, 1);

  function changed(fromWhole) {
    if (!fromWhole) wholeArea.value = textNow();
    for (const field of root.querySelectorAll("[data-line]")) faultOf(field).textContent = faults.get(field) ?? "";
    save.disabled = true;
    clearTimeout(timer);
    running?.abort();
    if (faults.size > 0) {
      status.textContent = "A field cannot be read.";
      return;
    }
    if (isSame()) {
      found.replaceChildren();
      showFaults([]);
      status.textContent = "Nothing is changed.";
      return;
    }
    status.textContent = "Being tried out.";
    timer = setTimeout(tryIt, pause);
  }

  wholeArea.value = textNow();
  wholeArea.addEventListener("input", () => {
    wholeFault.textContent = "";
    try {
      const next = JSON.parse(wholeArea.value);
      if (next === null || typeof next !== "object" || Array.isArray(next)) throw new Error("want one JSON object");
      doc = next;
      changed(true);
    } catch (error) {
      wholeFault.textContent = error.message;
      save.disabled = true;
    }
  });

  function showFaults(errors) {
    ownFault.replaceChildren();
    for (const fault of exempt.querySelectorAll(".field-error")) fault.textContent = "";
    const rest = [];
    for (const { field, text } of errors) {
      const line = field === "rules" ? Number(text.match(/^line (\d+)/)?.[1] ?? 0) : 0;
      const row = field.match(/^exemptions\[(\d+)\](?:\.(\w+))?/);
      const lineField = field.startsWith("thresholds.") && root.querySelector(`[data-line="${CSS.escape(field.slice(11))}"]`);
      if (field.startsWith("rules") && area.value !== "") {
        const item = make("span", `${text} `);
        if (line > 0) {
          const go = button(`go to line ${line}`, "link");
          go.addEventListener("click", () => {
            const lines = area.value.split("\n");
            const from = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
            area.focus();
            area.setSelectionRange(from, from + (lines[line - 1] ?? "").length);
          });
          item.append(go);
        }
        ownFault.append(item, make("br"));
      } else if (lineField) faultOf(lineField).textContent = text;
      else if (row && rows.children[row[1]]) {
        const at = rows.children[row[1]].querySelector(`[data-member="${row[2] ?? "rule"}"]`) ?? rows.children[row[1]].querySelector("input");
        faultOf(at).textContent = text;
      } else rest.push(`${field}: ${text}`);
    }
    return rest;
  }

  function showTrial({ changes, decisions, analyses, notes }) {
    const parts = [];
    const total = decisions.checked + analyses.checked;
    status.textContent = total === 0 ? "There is no decision and no analysis yet that it could change."
      : changes.length === 0 ? `It would change nothing: ${decisions.checked} decisions and ${analyses.checked} analyses stay as they are.`
      : `It would change ${decisions.changed} of ${decisions.checked} decisions and ${analyses.changed} of ${analyses.checked} analyses.`;
    const unread = decisions.not_judged + analyses.not_judged;
    if (unread > 0) parts.push(make("p", `${unread} are too old to be judged by these rules.`, "quiet"));
    if (changes.length > 0) {
      const { element, body } = table(["what", "answer and gate now", "then", "because of"], "stack");
      for (const one of changes) {
        const row = body.insertRow();
        const name = make("th");
        name.scope = "row";
        if (one.kind === "decision") {
          const link = make("a", one.title || "a decision");
          link.href = `/decisions/${encodeURIComponent(one.id)}`;
          name.append(link, make("span", ` ${one.status}`, "quiet"));
        } else name.append(`run ${one.run}`);
        const cell = (words, at) => {
          const td = make("td");
          td.dataset.label = words;
          td.append(make("b", verdicts[at.verdict] ?? at.verdict), `; gate ${gates[at.gate] ?? at.gate}`);
          return td;
        };
        const why = make("td", [...one.fires.map((id) => `${id} fires`), ...one.stops.map((id) => `${id} no longer fires`)].join(", ") || "another rule leads");
        why.dataset.label = "because of";
        row.append(name, cell("now", one.current), cell("then", one.new), why);
      }
      parts.push(element);
    }
    if (notes.length > 0) {
      const list = make("ul");
      for (const { field, text } of notes) list.append(make("li", field ? `${field}: ${text}` : text));
      parts.push(make("h3", "Worth a look"), list);
    }
    found.replaceChildren(...parts);
  }

  async function tryIt() {
    const text = textNow();
    running = new AbortController();
    try {
      const got = await fetch(root.dataset.trial, { method: "POST", headers: { "Content-Type": "application/json" }, body: text, signal: running.signal });
      const body = await got.json().catch(() => null);
      if (text !== textNow()) return;
      if (got.ok) {
        tried = text;
        showFaults([]);
        showTrial(body);
        save.disabled = !root.dataset.write;
        return;
      }
      found.replaceChildren();
      const rest = showFaults(body?.errors ?? []);
      status.textContent = body?.errors?.length ? `It cannot be used: ${rest[0] ?? "see the fields"}` : problem({ body, status: got.status });
    } catch (error) {
      if (error.name !== "AbortError") status.textContent = "the server did not answer";
    }
  }

  save.addEventListener("click", async () => {
    // Only what was tried out, to the letter.
    if (tried === null || tried !== textNow()) return;
    save.disabled = true;
    status.textContent = "saving";
    const got = await fetch(root.dataset.save, { method: "PUT", headers: { "Content-Type": "application/json" }, body: tried });
    if (got.ok) return location.assign(location.pathname);
    status.textContent = `not saved: ${problem({ body: await got.json().catch(() => null), status: got.status })}`;
    save.disabled = false;
  });
}
