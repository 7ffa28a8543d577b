// Writing a proposal: form and document in step, sliders, what it would come to while one writes, a text checked.
import { ProposalForm } from "./proposal_form.js";
import { Preview } from "./preview.js";
import { addSlider } from "./sliders.js";
import { checkText } from "./claims.js";
import { problem } from "./request.js";

const root = document.querySelector("[data-editor]");
const element = root.querySelector("#proposal-form");
const area = root.querySelector("#f-document");
const areaError = root.querySelector("#document-error");
const run = root.querySelector("#f-run");
const form = new ProposalForm(element);
const offered = { run: null, functions: [] };

// --- what was typed outlives a reload and the way back, in this tab alone ---

const draft = `stet proposal ${location.pathname}${location.search}`;

function guarded(act) {
  try {
    return act();
  } catch {
    return null; // a browser that keeps nothing
  }
}

const keep = () => guarded(() => sessionStorage.setItem(draft, area.value));
const forget = () => guarded(() => sessionStorage.removeItem(draft));

// --- tabs; the one that is open stands in the address ---

const tabs = [...root.querySelectorAll('[role="tab"]')];
const panels = { form: ["panel-form"], document: ["panel-document"], text: ["panel-text"] };
const save = root.querySelector(".ed-save");

function openTab(name, focus) {
  for (const tab of tabs) {
    const open = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", open);
    tab.tabIndex = open ? 0 : -1;
    if (open && focus) tab.focus();
  }
  for (const [key, ids] of Object.entries(panels)) for (const id of ids) root.querySelector(`#${id}`).hidden = key !== name;
  if (save) save.hidden = name === "text";
}

function tabOfAddress() {
  const name = location.hash.slice(1);
  return name in panels ? name : "form";
}

root.querySelector(".ed-tabs").hidden = false;
for (const id of ["form", "document", "text"]) {
  const panel = root.querySelector(`#panel-${id}`);
  panel.setAttribute("role", "tabpanel");
  panel.setAttribute("aria-labelledby", `tab-${id}`);
}
for (const tab of tabs) {
  tab.addEventListener("click", () => {
    const name = tab.id.slice(4);
    history.replaceState(null, "", name === "form" ? location.pathname + location.search : `#${name}`);
    openTab(name);
  });
  tab.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length].click();
    if (by) tabs.find((one) => one.tabIndex === 0).focus();
  });
}
addEventListener("hashchange", () => openTab(tabOfAddress()));

// --- rows of lists ---

const singular = { components: "a part", claims: "a claim", facts: "a fact", phases: "a phase", risks: "a risk", alternatives: "an alternative" };

function dress(row) {
  for (const field of row.querySelectorAll("[data-path]")) addSlider(field);
  if (row.parentElement?.dataset.list === "components") offer(row);
  if (row.querySelector(".remove")) return row;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "remove";
  button.textContent = "remove";
  button.addEventListener("click", () => {
    const add = row.parentElement.querySelector(".add");
    form.removeRow(row);
    add.focus();
    changed();
  });
  row.querySelector("legend").after(button);
  return row;
}

for (const [name, list] of form.lists) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "add";
  button.textContent = `add ${singular[name]}`;
  button.addEventListener("click", () => {
    const row = form.addRow(name);
    if (form.rows(list).length === 1) button.before(row);
    dress(row).querySelector("[data-path]").focus();
  });
  list.section.append(button);
}

function dressAll() {
  for (const list of form.lists.values()) {
    for (const row of form.rows(list)) {
      list.section.querySelector(":scope > .add").before(row);
      dress(row);
    }
  }
  for (const field of form.plain) {
    addSlider(field);
    field.dispatchEvent(new Event("filled"));
  }
  for (const more of element.querySelectorAll("details.ed-more"))
    more.open = more.open || [...more.querySelectorAll("[data-path]")].some((field) => field.value !== "");
}

// --- errors beside their fields ---

function say(field, text) {
  const place = field.closest(".ed-field").querySelector(".field-error");
  place.textContent = text;
  if (text) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

// own: of what was typed; theirs: of the service. Those without a field are returned.
function showFaults(own, theirs) {
  const homeless = [];
  for (const field of element.querySelectorAll("[aria-invalid]")) say(field, "");
  for (const { field, text } of theirs) {
    const at = form.fieldOf(field);
    if (at) say(at, text);
    else homeless.push(field ? `${field}: ${text}` : text);
  }
  for (const [field, text] of own) say(field, text);
  return homeless;
}

// --- what it would come to ---

const preview = new Preview(root.querySelector(".ed-preview"), root.dataset.preview, {
  faults: (theirs) => showFaults(form.collect().faults, theirs),
  field: (name) => form.fieldOf(name) ?? form.fieldOf(`cost.${name}`) ?? form.fieldOf(`benefit.${name}`),
  fact: (name) => {
    const list = form.lists.get("facts");
    const row = form.addRow("facts");
    list.section.querySelector(":scope > .add").before(row);
    dress(row).querySelector('[data-path$=".name"]').value = name;
    row.querySelector('[data-path$=".value"]').focus();
  },
  run: offerFunctions,
});

// The heaviest functions of the recording, to be taken as patterns of a part.
async function offerFunctions(name) {
  if (!name || name === offered.run) return;
  offered.run = name;
  const path = `/api/v1/projects/${encodeURIComponent(root.dataset.project)}/runs/${encodeURIComponent(name)}/analysis`;
  const answer = await fetch(path).then((got) => (got.ok ? got.json() : null)).catch(() => null);
  const totals = new Map();
  // Rows are lines of functions: their own shares add up, their totals would not. Addresses are no names.
  for (const { frame, self_share: share } of answer?.top ?? [])
    if (!/^(0x|\[)/.test(frame)) totals.set(frame, (share ?? 0) + (totals.get(frame) ?? 0));
  offered.functions = [...totals].sort((a, b) => b[1] - a[1]).slice(0, 6).map(([frame]) => frame);
  for (const row of form.rows(form.lists.get("components"))) offer(row);
}

function offer(row) {
  const area = row.querySelector('[data-type="globs"]');
  if (!area || offered.functions.length === 0) return;
  row.querySelector(".offers")?.remove();
  const line = document.createElement("p");
  line.className = "offers quiet";
  line.append("Heaviest in this recording: ");
  for (const frame of offered.functions) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.textContent = frame;
    button.title = "add it to the functions of this part";
    button.addEventListener("click", () => {
      const pattern = `*${frame}*`;
      const lines = area.value.split("\n").map((text) => text.trim()).filter(Boolean);
      if (!lines.includes(pattern)) area.value = [...lines, pattern].join("\n");
      changed();
    });
    line.append(button, " ");
  }
  area.after(line);
}

function update() {
  preview.want(form.doc, run?.value ?? "");
}

function changed() {
  const { doc, faults } = form.collect();
  area.value = JSON.stringify(doc, null, 2);
  areaError.hidden = true;
  keep();
  showFaults(faults, preview.errors);
  // What cannot be read is not sent: the last answer stays, and says that it is of before.
  if (faults.size === 0) update();
  else preview.wait("a field cannot be read");
}

element.addEventListener("input", (event) => {
  if (event.target === area) {
    let doc;
    try {
      doc = JSON.parse(area.value);
      if (doc === null || typeof doc !== "object" || Array.isArray(doc)) throw new Error("want one JSON object");
    } catch (error) {
      areaError.textContent = error.message;
      areaError.hidden = false;
      preview.wait("the document cannot be read");
      return;
    }
    areaError.hidden = true;
    form.fill(doc);
    dressAll();
    form.collect();
    keep();
    update();
  } else if (event.target.dataset.path) {
    changed();
  }
});
element.addEventListener("change", (event) => {
  if (event.target === run) update();
  else if (event.target.dataset.path && event.target.tagName === "SELECT") changed();
});

// --- saving ---

const status = root.querySelector(".ed-save .status");

async function send(address, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { ok: answer.ok, body: await answer.json().catch(() => null), status: answer.status };
}

async function store(decide) {
  const { doc, faults } = form.collect();
  const broken = !areaError.hidden;
  if (faults.size > 0 || broken) {
    showFaults(faults, []);
    status.textContent = broken ? "not saved: the document is no JSON" : "not saved: a field cannot be read";
    (faults.keys().next().value ?? area).focus();
    return;
  }
  status.textContent = "saving";
  const answer = await send(root.dataset.save, doc);
  if (!answer.ok) {
    const theirs = answer.body?.errors ?? [];
    const homeless = showFaults(faults, theirs);
    status.textContent = `not saved: ${homeless[0] ?? (theirs.length > 0 ? "see the fields" : problem(answer))}`;
    const first = theirs.map(({ field }) => form.fieldOf(field)).find(Boolean);
    if (first) {
      openTab("form");
      const more = first.closest("details");
      if (more) more.open = true;
      first.focus();
    }
    return;
  }
  forget();
  const id = encodeURIComponent(answer.body.id);
  if (!decide) return location.assign(`/proposals/${id}`);
  status.textContent = "saved; being decided";
  const decided = await send(`/api/v1/proposals/${id}/decide`, run?.value ? { run: run.value } : {});
  if (decided.ok) return location.assign(`/decisions/${encodeURIComponent(decided.body.id)}`);
  status.textContent = `saved, not decided: ${problem(decided)}`;
}

element.addEventListener("submit", (event) => {
  event.preventDefault();
  for (const button of save.querySelectorAll("button")) button.disabled = true;
  store(event.submitter?.value === "decide")
    .catch((error) => (status.textContent = `not saved: ${error.message}`))
    .finally(() => {
      for (const button of save.querySelectorAll("button")) button.disabled = false;
    });
});

// --- a text ---

checkText(root.querySelector("#panel-text"), root.dataset.claims, () => run?.value ?? "");

// --- names of facts ---

fetch(root.dataset.facts)
  .then((answer) => (answer.ok ? answer.json() : { facts: [] }))
  .then(({ facts }) => {
    const list = document.createElement("datalist");
    list.id = "fact-names";
    for (const fact of facts) {
      const option = document.createElement("option");
      option.value = fact.name;
      option.label = `${fact.meaning}${fact.unit && fact.unit !== "text" ? ` (${fact.unit})` : ""}`;
      list.append(option);
    }
    root.append(list);
  })
  .catch(() => {});

// --- begin: the form as it came, with what was typed into it before a reload ---

for (const plain of root.querySelectorAll(".noscript-only")) plain.hidden = true;
const came = root.querySelector("#trouble");
const kept = came ? null : guarded(() => sessionStorage.getItem(draft));
if (kept !== null) {
  area.value = kept;
  const note = document.createElement("p");
  note.className = "notice";
  const over = document.createElement("button");
  over.type = "button";
  over.className = "link";
  over.textContent = "Begin again";
  over.addEventListener("click", () => {
    forget();
    location.reload();
  });
  note.append("What you had typed here is back; it is not saved yet. ", over);
  root.querySelector(".ed-tabs").before(note);
}
try {
  const typed = came ? new Map(form.plain.map((field) => [field, field.value])) : new Map();
  form.fill(JSON.parse(area.value));
  for (const [field, text] of typed) field.value = text;
} catch (error) {
  areaError.textContent = error.message;
  areaError.hidden = false;
}
dressAll();
area.value = JSON.stringify(form.collect().doc, null, 2);
openTab(tabOfAddress());
update();
