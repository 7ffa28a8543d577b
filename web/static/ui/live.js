// Pages that are open learn of changes: one stream a browser (the other tabs hear of it from the tab that has it), asking
// every few seconds where there is none. Parts marked data-live="name" are fetched again when something changed that they
// may show, and put in their place; what the reader does meanwhile (focus, open details, what was typed) stays.
//
//   data-live="name"            on a part; of the page that is fetched, the part of the same name takes its place. When the
//                               new page has no such part, the page is loaded again.
//   data-live-project="NAME"    on any element: what concerns other projects is left out
//   data-live-revision="N"      the revision that the page shows; when the new page shows another, the hidden element with
//                               data-live-stale is shown, and what the reader looks at stays
//   data-live-upload            is told how many files of an upload are read
//   import { onChange } from "./live.js"; onChange((change) => ...)   each change as /api/v1/events sends it
//   document "stet:replaced"    event, detail.part: the new part

const names = ["run", "analysis", "upload", "proposal", "decision", "waiver", "watch", "policy", "facts", "overrides", "other"];
const parts = new Map();
for (const part of document.querySelectorAll("[data-live]")) parts.set(part.dataset.live, part.outerHTML);
const project = document.querySelector("[data-live-project]")?.dataset.liveProject ?? "";
const revision = document.querySelector("[data-live-revision]")?.dataset.liveRevision ?? null;
const listeners = [];
let generation = Number(document.body.dataset.generation) || 0;

export function onChange(listener) {
  listeners.push(listener);
}

// --- putting new parts in the place of old ones ---

function keyOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  if (element.name) return `${element.localName}[name="${CSS.escape(element.name)}"]`;
  if (element.localName === "a") return `a[href="${CSS.escape(element.getAttribute("href") ?? "")}"]`;
  return "";
}

function kept(part) {
  const state = { open: [], fields: [], scroll: [], focus: null };
  part.querySelectorAll("details").forEach((item, i) => state.open.push([i, item.open]));
  part.querySelectorAll(".scroll").forEach((item, i) => state.scroll.push([i, item.scrollLeft]));
  for (const field of part.querySelectorAll("input, select, textarea")) {
    const key = keyOf(field);
    if (!key) continue;
    if (field.type === "radio" || field.type === "checkbox") {
      if (field.checked !== field.defaultChecked) state.fields.push([`${key}[value="${CSS.escape(field.value)}"]`, "checked", field.checked]);
    } else if (field.type !== "file" && (field.localName === "select" || field.value !== field.defaultValue)) {
      state.fields.push([key, "value", field.value]);
    }
  }
  const focused = document.activeElement;
  if (focused && focused !== document.body && part.contains(focused)) {
    const key = keyOf(focused);
    const value = focused.type === "radio" || focused.type === "checkbox" ? `[value="${CSS.escape(focused.value)}"]` : "";
    state.focus = { key: key && key + value, from: focused.selectionStart ?? null, to: focused.selectionEnd ?? null };
  }
  return state;
}

function restore(part, state) {
  const details = part.querySelectorAll("details");
  const scrolls = part.querySelectorAll(".scroll");
  for (const [i, open] of state.open) if (details[i]) details[i].open = open;
  for (const [i, left] of state.scroll) if (scrolls[i]) scrolls[i].scrollLeft = left;
  for (const [key, member, value] of state.fields) {
    const field = part.querySelector(key);
    if (field) field[member] = value;
  }
  if (!state.focus) return;
  const target = state.focus.key ? part.querySelector(state.focus.key) : null;
  if (!target) return;
  target.focus({ preventScroll: true });
  if (state.focus.from !== null) {
    try {
      target.setSelectionRange(state.focus.from, state.focus.to);
    } catch {
      // Fields of some types have no selection.
    }
  }
}

// A file that is chosen cannot be put into a new form, and a form that is being sent must not go.
function busy(part) {
  return [...part.querySelectorAll('input[type="file"]')].some((input) => input.files.length > 0) ||
    part.querySelector("[data-busy]") !== null;
}

// Rows that were not there before are shown to be new.
function markNew(before, after) {
  const known = new Set([...before.querySelectorAll("tbody th a[href]")].map((link) => link.getAttribute("href")));
  if (known.size === 0) return;
  for (const link of after.querySelectorAll("tbody th a[href]")) {
    if (!known.has(link.getAttribute("href"))) link.closest("tr").classList.add("fresh");
  }
}

function place(name, html, fresh) {
  const old = document.querySelector(`[data-live="${CSS.escape(name)}"]`);
  if (!old || busy(old)) return false;
  const state = kept(old);
  const part = document.adoptNode(fresh);
  markNew(old, part);
  old.replaceWith(part);
  parts.set(name, html);
  restore(part, state);
  document.dispatchEvent(new CustomEvent("stet:replaced", { detail: { part } }));
  return true;
}

let fetching = false;
let again = false;

async function refresh() {
  if (parts.size === 0 || document.hidden) {
    again = again || parts.size > 0;
    return;
  }
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  again = false;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const [name, before] of [...parts]) {
        const fresh = page.querySelector(`[data-live="${CSS.escape(name)}"]`);
        if (!fresh) {
          location.reload();
          return;
        }
        const html = fresh.outerHTML;
        if (html !== before) place(name, html, fresh);
      }
      const stale = document.querySelector("[data-live-stale]");
      const shown = page.querySelector("[data-live-revision]")?.dataset.liveRevision ?? null;
      if (stale && revision !== null && shown !== revision) stale.hidden = false;
    }
  } catch {
    // The service is away; the next change brings the page up to date.
  } finally {
    fetching = false;
  }
  if (again) soon();
}

let waiting = 0;
function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 150);
}

function taken(change) {
  if (change.generation <= generation) return;
  generation = change.generation;
  if (project && change.project && change.project !== project) return;
  if (change.kind && !names.includes(change.kind)) return;
  for (const listener of listeners) listener(change);
  const read = change.parts > 1 ? document.querySelector("[data-live-upload]") : null;
  if (read) read.textContent = `${change.part} of ${change.parts} files read`;
  soon();
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && again) soon();
});

// --- where changes come from ---

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("stet-changes") : null;
const light = document.querySelector("[data-live-state]");
let stream = null;
let timer = 0;
let release = null;

function show(state) {
  if (!light) return;
  const words = {
    live: "changes appear by themselves",
    asks: "asks for changes every few seconds",
    off: "the service does not answer; this page may be out of date",
  };
  light.hidden = false;
  light.dataset.state = state;
  light.title = words[state];
  light.textContent = state === "off" ? "not connected" : "";
  light.setAttribute("role", "status");
  light.setAttribute("aria-label", words[state]);
}

function tell(message) {
  if (message.state) show(message.state);
  if (message.lost) {
    if (message.generation !== generation) soon();
    generation = message.generation;
  }
  if (message.change) taken(message.change);
}

function all(message) {
  tell(message);
  channel?.postMessage(message);
}

// What happened between the making of the page and now.
async function catchUp() {
  const since = generation;
  try {
    const answer = await fetch(`/api/v1/changes${since ? `?since=${since}` : ""}`, { cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    if (!told.complete && since) tell({ lost: true, generation: told.generation });
    for (const change of told.events) tell({ change });
    if (generation < told.generation) generation = told.generation;
    return told.ask_again_s ?? 5;
  } catch {
    return 0;
  }
}

async function ask() {
  clearTimeout(timer);
  let seconds = 15;
  if (!document.hidden) {
    const told = await catchUp();
    all({ state: told ? "asks" : "off" });
    seconds = told || 15;
  }
  timer = setTimeout(ask, seconds * 1000);
}

function listen() {
  clearTimeout(timer);
  stream?.close();
  stream = new EventSource(generation ? `/api/v1/events?since=${generation}` : "/api/v1/events");
  stream.addEventListener("open", () => {
    clearTimeout(timer);
    all({ state: "live" });
  });
  stream.addEventListener("change", (event) => all({ change: JSON.parse(event.data) }));
  stream.addEventListener("generation", (event) => {
    const told = JSON.parse(event.data).generation;
    if (generation < told) generation = told;
  });
  stream.addEventListener("lost", (event) => all({ lost: true, generation: JSON.parse(event.data).generation }));
  stream.addEventListener("error", () => {
    // Closed for good: too many streams, or no right to one. Otherwise the browser comes again by itself.
    if (stream.readyState !== EventSource.CLOSED) return all({ state: "off" });
    stream = null;
    ask();
  });
}

function stop() {
  clearTimeout(timer);
  stream?.close();
  stream = null;
  release?.();
  release = null;
}

// One tab has the stream; when it goes, the next one takes over. Without locks each has its own.
function start() {
  if (!("EventSource" in globalThis)) return ask();
  if (!navigator.locks || !channel) return listen();
  const leaving = new AbortController();
  release = () => leaving.abort();
  navigator.locks
    .request("stet-changes", { signal: leaving.signal }, () => {
      listen();
      return new Promise((done) => {
        release = done;
      });
    })
    .catch(() => {});
  catchUp().then((seconds) => {
    if (!stream && seconds) show("live");
  });
}

if (parts.size > 0) {
  if (channel) channel.addEventListener("message", (event) => tell(event.data));
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => {
    if (event.persisted) start();
  });
  start();
}
