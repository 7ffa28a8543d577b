// Taking files anywhere: on the page's own form where it has one, else in a dialog. A drop anywhere on the page, a paste
// outside of a field, the file and folder choosers all end in the same list.
import { carriesFiles, filesOf } from "./upload_read.js";
import { problemOf } from "./upload_send.js";
import { Tray } from "./upload_tray.js";

const trays = new Map();
const parts = location.pathname.split("/").filter(Boolean).map((part) => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
});

const profiles = (project) => `/api/v1/projects/${encodeURIComponent(project)}/profiles`;

// Where files of a form go: to the run that its action names, or to the project in its field.
function targetOf(form) {
  const run = new URL(form.action, location.href).pathname.match(/^\/projects\/([^/]+)\/runs\/([^/]+)\/files$/);
  if (form.dataset.upload === "run" && run) {
    const [project, name] = run.slice(1).map(decodeURIComponent);
    return { project, run: name, base: () => profiles(project), words: `Drop to add to run ${name} of ${project}: it is answered anew, the present revision stays` };
  }
  return {
    run: null,
    base: (of) => profiles(new FormData(of).get("project")),
    get words() {
      const project = new FormData(form).get("project");
      return project ? `Drop to analyse as one run of project ${project}` : "Drop to analyse as one run; the project is named next";
    },
  };
}

function mount(form, target = targetOf(form)) {
  if (!trays.has(form)) trays.set(form, new Tray(form, target));
  return trays.get(form);
}

// --- a page without a form of its own ---

// What a drop on this page means; null where files have no place.
function meaning() {
  const [first, second, third, fourth] = parts;
  if (first === "s" || first === "login" || first === "speedscope") return null;
  if (first === "decisions" && second) return { kind: "decision", id: second, words: "Drop as counter-evidence: becomes an objection to this decision" };
  if (first === "projects" && second) {
    if (third === "runs" && fourth) return { kind: "run", project: second, run: fourth, words: `Drop to add to run ${fourth} of ${second}` };
    return { kind: "project", project: second, words: `Drop to analyse as one run of project ${second}` };
  }
  return { kind: "project", project: "", words: "Drop to analyse as one run; the project is named next" };
}

function field(form, name, label, { list, ...options } = {}) {
  const row = document.createElement("p");
  row.className = "field";
  const words = document.createElement("label");
  const input = document.createElement(options.rows ? "textarea" : "input");
  input.id = `drop-${name}`;
  input.name = name;
  words.htmlFor = input.id;
  words.textContent = label;
  Object.assign(input, options);
  if (list) input.setAttribute("list", list);
  row.append(words, " ", input);
  form.append(row);
  return input;
}

async function known(list) {
  const answer = await fetch("/api/v1/projects?limit=200", { headers: { Accept: "application/json" } }).catch(() => null);
  const found = answer?.ok ? await answer.json() : { projects: [] };
  for (const project of found.projects) {
    const option = document.createElement("option");
    option.value = project.name;
    list.append(option);
  }
}

// Files on a decision are a run of its project first, then an objection that points to it.
async function objecting(what, form) {
  const answer = await fetch(`/api/v1/decisions/${encodeURIComponent(what.id)}`, { headers: { Accept: "application/json" } }).catch(() => null);
  const project = answer?.ok ? (await answer.json()).project : null;
  return {
    run: null,
    words: what.words,
    base: () => profiles(project ?? ""),
    async after(taken, tray) {
      const fields = new FormData(form);
      const by = (fields.get("by") ?? "").trim();
      const sent = await fetch(`/api/v1/decisions/${encodeURIComponent(what.id)}/objections`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify({ text: fields.get("text").trim(), run: taken.run, ...(by ? { by } : {}) }),
      }).catch(() => null);
      if (sent?.ok) return location.assign(`/decisions/${encodeURIComponent(what.id)}#objections`), location.reload();
      const problem = problemOf({ status: sent?.status ?? 0, responseText: sent ? await sent.text() : "" });
      tray.say(`The files are run ${taken.run}, but the objection was not taken: ${problem.text}`, true);
    },
  };
}

let dialog = null;

async function dialogTray(what) {
  if (dialog) {
    if (!dialog.open) dialog.showModal();
    return trays.get(dialog.querySelector("form"));
  }
  style();
  dialog = document.createElement("dialog");
  dialog.className = "upload-dialog";
  dialog.setAttribute("aria-labelledby", "drop-head");
  const head = document.createElement("h2");
  head.id = "drop-head";
  head.textContent = what.kind === "decision" ? "Counter-evidence to this decision" : what.project ? `Files for ${what.project}` : "Files to analyse";
  const form = document.createElement("form");
  form.dataset.upload = "project";
  const chooser = field(form, "file", "more files", { type: "file", multiple: true });
  if (what.kind === "decision") {
    field(form, "text", "What do they show?", { rows: 3, required: true, maxLength: 4000 });
    field(form, "by", "your name", { maxLength: 120 });
  } else if (what.kind === "project") {
    const list = document.createElement("datalist");
    list.id = "drop-projects";
    form.append(list);
    void known(list);
    field(form, "project", "project", { required: true, maxLength: 63, pattern: "[a-z0-9][a-z0-9._\\-]*", value: what.project, placeholder: "order-service", list: "drop-projects" });
  }
  const row = document.createElement("p");
  const send = document.createElement("button");
  send.type = "submit";
  send.textContent = what.kind === "decision" ? "Object with these" : what.kind === "run" ? "Add to this run" : "Analyse as one run";
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  const status = document.createElement("p");
  status.className = "status";
  status.setAttribute("role", "status");
  row.append(send, " ", close);
  form.append(row, status);
  dialog.append(head, form);
  document.body.append(dialog);
  const target = what.kind === "decision" ? await objecting(what, form) : what.kind === "run" ? { run: what.run, base: () => profiles(what.project) } : targetOf(form);
  const tray = mount(form, target);
  chooser.closest("p").classList.add("upload-chooser");
  dialog.showModal();
  return tray;
}

function style() {
  if (document.querySelector('link[href="/static/upload.css"]')) return;
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = "/static/upload.css";
  document.head.append(sheet);
}

// --- anywhere on the page ---

const ownForm = () => [...trays.keys()].find((form) => form.isConnected && !form.closest("dialog"));

function place() {
  if (dialog?.open) return { words: "Drop to add to the list" };
  const form = ownForm();
  return form ? trays.get(form).target : meaning();
}

async function trayHere() {
  const form = ownForm();
  if (form && !dialog?.open) {
    form.scrollIntoView({ block: "nearest" });
    return trays.get(form);
  }
  return dialogTray(meaning());
}

async function takeHere(transfer, options) {
  // The transfer is empty after the first wait: what it holds is taken at once, the list may open later.
  const found = filesOf(transfer, options);
  const tray = await trayHere();
  tray.add(await found);
  tray.button.focus({ preventScroll: true });
}

let overlay = null;

function showOverlay(words) {
  if (!overlay) {
    style();
    overlay = document.createElement("div");
    overlay.className = "upload-overlay";
    overlay.setAttribute("aria-hidden", "true");
    overlay.append(document.createElement("p"));
    document.body.append(overlay);
  }
  // A dialog stands above everything else of the page.
  if (dialog?.open) dialog.append(overlay);
  overlay.firstChild.textContent = words;
  overlay.hidden = false;
}

function hideOverlay() {
  if (overlay) overlay.hidden = true;
}

const editable = (node) => node instanceof Element && node.closest("input, textarea, select, [contenteditable]") !== null;

function mountAll(root) {
  for (const form of root.querySelectorAll("form[data-upload]")) {
    style();
    mount(form);
  }
}

mountAll(document);
document.addEventListener("stet:replaced", (event) => mountAll(event.detail.part));

document.addEventListener("dragover", (event) => {
  const here = carriesFiles(event.dataTransfer) ? place() : null;
  if (!here) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
  showOverlay(here.words);
});
document.addEventListener("dragleave", (event) => {
  // Leaving one element enters the next; leaving the window enters none.
  if (event.relatedTarget === null) hideOverlay();
});
document.addEventListener("drop", (event) => {
  hideOverlay();
  if (!carriesFiles(event.dataTransfer) || !place()) return;
  event.preventDefault();
  void takeHere(event.dataTransfer, { text: false });
});
document.addEventListener("paste", (event) => {
  if (editable(event.target) || !place()) return;
  const { types } = event.clipboardData;
  if (!types.includes("Files") && !types.includes("text/plain")) return;
  event.preventDefault();
  void takeHere(event.clipboardData, { text: true });
});
