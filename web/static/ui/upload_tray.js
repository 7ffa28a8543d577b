// The files of one upload as a list: what each is, how far it is, cancel, remove and retry for each. Mounted on a form;
// the form's own fields become the parameters.
import { filesOf, filesOfInput, filesOfText } from "./upload_read.js";
import { post, recognise, settled } from "./upload_send.js";

const TOGETHER_BYTES = 32 * 1024 * 1024;
const LOOKING_AT_ONCE = 2;
const units = ["bytes", "KiB", "MiB", "GiB"];

function sizeWords(bytes) {
  let unit = 0;
  let size = bytes;
  for (; size >= 1024 && unit < units.length - 1; unit += 1) size /= 1024;
  return `${unit === 0 ? size : size.toPrecision(3)} ${units[unit]}`;
}

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function link(href, text) {
  const element = make("a", "", text);
  element.href = href;
  return element;
}

// Only addresses of this service are followed.
export function ownPath(address) {
  const url = new URL(address, location.href);
  return url.origin === location.origin ? url.pathname + url.search + url.hash : null;
}

const count = (n, one) => `${n} ${one}${n === 1 ? "" : "s"}`;

class Item {
  constructor(tray, { file, path, folder }) {
    Object.assign(this, { tray, file, path, folder, state: "looking", answer: null, problem: null, share: 0 });
    this.row = make("li", "upload-file");
    this.name = make("span", "upload-name", path);
    this.size = make("span", "quiet upload-size", sizeWords(file.size));
    this.words = make("p", "upload-words", "");
    this.next = make("p", "quiet upload-next", "");
    this.bar = make("progress");
    this.bar.max = 1;
    this.bar.setAttribute("aria-label", `${path} sent`);
    this.tools = make("span", "upload-tools");
    const head = make("div", "upload-head");
    head.append(this.name, this.size, this.bar, this.tools);
    this.row.append(head, this.words, this.next);
    this.show();
  }

  tool(text, act) {
    const button = make("button", "", text);
    button.type = "button";
    button.setAttribute("aria-label", `${text} ${this.path}`);
    button.addEventListener("click", act);
    return button;
  }

  // What the beginning of the file says of it.
  look(found) {
    if (this.state !== "looking") return;
    this.found = found;
    const refused = found?.refused;
    // A beginning that nobody knows may still belong to a known file.
    this.state = refused && found.complete === false && this.file.size > 4 * 1024 * 1024 ? "ready" : refused ? "refused" : "ready";
    this.show();
  }

  set(state, more = {}) {
    Object.assign(this, { state }, more);
    this.show();
    this.tray.summary();
  }

  wordsNow() {
    const refused = this.found?.refused?.detail.replace(`${this.file.name}: `, "");
    if (this.state === "looking") return "being looked at";
    if (this.state === "refused") return `${this.folder ? "Left out: " : "Cannot be used: "}${refused}`;
    if (this.state === "cancelled") return "Cancelled; nothing of it was kept.";
    if (this.state === "known") return "Already known: the same file is in this run.";
    if (this.state === "failed") return [this.problem.text, this.problem.way].filter(Boolean).join(". ");
    if (refused) return `${refused}. Its beginning alone was looked at; it can be sent all the same.`;
    if (!this.found) return "What it is will be known when it was sent.";
    return this.found.words ?? this.found.title ?? this.found.format;
  }

  nextNow() {
    const next = this.found?.next;
    if (!next || !["ready", "looking"].includes(this.state)) return "";
    // The step itself is the report's to name: another file of the list may have what this one lacks.
    return next.settles ? `Alone it leaves open: ${next.settles}.` : "";
  }

  show() {
    const { state } = this;
    const old = document.activeElement && this.tools.contains(document.activeElement);
    this.row.dataset.state = state;
    this.words.textContent = this.wordsNow();
    if (this.problem?.link && state === "failed") this.words.append(" ", link(...this.problem.link));
    this.next.textContent = this.nextNow();
    this.next.hidden = this.next.textContent === "";
    this.bar.hidden = state !== "sending" && state !== "analysing";
    if (state === "analysing") this.bar.removeAttribute("value");
    else this.bar.value = this.share;
    const tools = [];
    if (state === "sending" || state === "waiting") tools.push(this.tool("Cancel", () => this.tray.cancel(this)));
    if (state === "failed" || state === "cancelled") tools.push(this.tool("Retry", () => this.tray.retry(this)));
    if (["looking", "ready", "refused", "failed", "cancelled"].includes(state))
      tools.push(this.tool("Remove", () => this.tray.remove(this)));
    if (this.answer?.url && ["done", "known"].includes(state)) tools.push(link(ownPath(this.answer.url) ?? "/", "report"));
    this.tools.replaceChildren(...tools);
    if (old) (this.tools.querySelector("button, a") ?? this.tray.button).focus();
  }
}

export class Tray {
  // target: { base: () => path of the project's profiles, run: string or null, after: async (answers) => address }
  constructor(form, target) {
    this.form = form;
    this.target = target;
    this.items = [];
    this.run = null;
    this.notes = [];
    this.looking = 0;
    this.busy = false;
    this.input = form.querySelector('input[type="file"]');
    this.button = form.querySelector('button[type="submit"]');
    this.status = form.querySelector(".status");
    form.querySelector(":scope progress")?.remove();
    this.list = form.querySelector(".chosen") ?? make("ul", "chosen");
    this.list.classList.add("upload-list");
    this.list.setAttribute("aria-label", "files of this upload");
    if (!this.list.isConnected) this.input.closest("p").after(this.list);
    this.list.hidden = true;
    const each = form.querySelector(".upload-each");
    if (each) each.hidden = false;
    // Files stay in the list, so the input itself may be empty.
    this.input.required = false;
    this.controls();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
  }

  controls() {
    const row = make("p", "upload-more");
    const folder = make("input", "hidden");
    Object.assign(folder, { type: "file", multiple: true, webkitdirectory: true, tabIndex: -1 });
    folder.setAttribute("aria-hidden", "true");
    const choose = make("button", "", "Choose a folder");
    choose.type = "button";
    choose.addEventListener("click", () => folder.click());
    const paste = make("button", "", "Paste text");
    paste.type = "button";
    paste.setAttribute("aria-expanded", "false");
    row.append(choose, " ", paste, folder);
    const box = make("p", "upload-paste");
    box.hidden = true;
    const label = make("label", "", "What perf stat, time -v, strace -c or a load tool printed");
    const area = make("textarea");
    Object.assign(area, { rows: 5, spellcheck: false });
    area.id = `${this.input.id || "upload"}-text`;
    label.htmlFor = area.id;
    const take = make("button", "", "Take as a file");
    take.type = "button";
    box.append(label, area, take);
    this.input.closest("p").after(row, box);
    paste.addEventListener("click", () => {
      box.hidden = !box.hidden;
      paste.setAttribute("aria-expanded", String(!box.hidden));
      if (!box.hidden) area.focus();
    });
    take.addEventListener("click", () => {
      if (area.value.trim() !== "") this.add(filesOfText(area.value));
      area.value = "";
      box.hidden = true;
      paste.setAttribute("aria-expanded", "false");
      this.button.focus();
    });
    const chosen = (input) => {
      this.add(filesOfInput(input));
      input.value = "";
    };
    this.input.addEventListener("change", () => chosen(this.input));
    folder.addEventListener("change", () => chosen(folder));
  }

  async take(transfer, options) {
    this.add(await filesOf(transfer, options));
  }

  add({ files, notes }) {
    this.notes = notes;
    for (const found of files) {
      if (this.items.some((item) => item.path === found.path && item.file.size === found.file.size && item.state !== "cancelled")) continue;
      const item = new Item(this, found);
      this.items.push(item);
      this.list.append(item.row);
    }
    this.filled();
    this.summary();
    this.lookNext();
  }

  // A form that holds files is not replaced under the reader's hands.
  filled() {
    this.list.hidden = this.items.length === 0;
    this.form.toggleAttribute("data-busy", this.items.length > 0);
  }

  async lookNext() {
    while (this.looking < LOOKING_AT_ONCE) {
      const item = this.items.find((one) => one.state === "looking" && !one.asked);
      if (!item) return;
      item.asked = true;
      this.looking += 1;
      item.abort = new AbortController();
      recognise(item.file, item.abort.signal).then((found) => {
        this.looking -= 1;
        item.look(found);
        this.summary();
        this.lookNext();
      });
    }
  }

  remove(item) {
    item.abort?.abort();
    this.items = this.items.filter((one) => one !== item);
    item.row.remove();
    this.filled();
    this.summary();
    this.button.focus();
  }

  cancel(item) {
    item.set("cancelled");
    item.abort?.abort();
  }

  retry(item) {
    item.set("ready", { problem: null, share: 0 });
    this.send();
  }

  say(text, failed = false, ...more) {
    this.status.replaceChildren(text, ...more.flatMap((one) => [" ", one]));
    this.status.classList.toggle("failed", failed);
  }

  summary() {
    if (this.busy || !this.items.length) {
      if (!this.items.length) this.say("");
      return;
    }
    const ready = this.items.filter((item) => ["ready", "looking"].includes(item.state)).length;
    const refused = this.items.filter((item) => item.state === "refused").length;
    const parts = [];
    if (ready > 0) parts.push(`${count(ready, "file")} to send`);
    if (refused > 0) parts.push(`${refused} left out`);
    this.say([parts.join(", "), ...this.notes].filter(Boolean).join(". "));
  }

  separate() {
    return new FormData(this.form).get("each") === "1";
  }

  query(run) {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) {
      if (!["project", "file", "each", "run", "text", "by"].includes(name) && typeof value === "string" && value.trim() !== "") query.append(name, value.trim());
    }
    if (run) query.set("run", run);
    return query;
  }

  address(run, files) {
    const query = this.query(run);
    if (files.length === 1) query.set("name", files[0].name);
    const text = query.toString();
    return `${this.target.base(this.form)}${text ? `?${text}` : ""}`;
  }

  // Files that go out in one request: those of one run together while that is cheap to do over, else one by one.
  batches(items) {
    const bytes = items.reduce((sum, item) => sum + item.file.size, 0);
    return !this.separate() && bytes <= TOGETHER_BYTES ? [items] : items.map((item) => [item]);
  }

  async send() {
    if (this.busy) return;
    const items = this.items.filter((item) => ["ready", "looking"].includes(item.state));
    if (items.length === 0) {
      const refused = this.items.find((item) => item.state === "refused");
      const problem = refused ? `Nothing to send: ${refused.found.refused.detail}` : "Choose a file, drop one here, or paste what a tool printed.";
      return this.say(problem, true, ...(refused ? [link("/upload#formats", "what can be read, and how to record it")] : []));
    }
    if (!this.form.reportValidity()) return;
    this.busy = true;
    this.button.disabled = true;
    for (const item of items) item.set("waiting", { share: 0 });
    this.run = this.target.run ?? (new FormData(this.form).get("run") || this.run);
    for (const batch of this.batches(items)) await this.sendBatch(batch);
    this.busy = false;
    this.button.disabled = false;
    await this.finish(items);
  }

  async sendBatch(all) {
    const batch = all.filter((item) => item.state === "waiting");
    if (batch.length === 0) return;
    const files = batch.map((item) => item.file);
    const abort = new AbortController();
    const bytes = files.reduce((sum, file) => sum + file.size, 0) || 1;
    for (const item of batch) item.set("sending", { abort });
    this.say(`sending ${count(batch.length, "file")}`);
    const onProgress = (loaded, total) => {
      // A form holds little beside its files, one after the other.
      let before = (loaded / total) * bytes;
      for (const item of batch) {
        if (item.state !== "sending") continue;
        item.share = Math.max(0, Math.min(1, before / (item.file.size || 1)));
        item.bar.value = item.share;
        before -= item.file.size;
      }
    };
    const onSent = () => {
      for (const item of batch) if (item.state === "sending") item.set("analysing");
      this.say("being analysed");
    };
    try {
      const answer = await post(this.address(this.separate() ? this.target.run : this.run, files), files, { onProgress, onSent, signal: abort.signal });
      if (!this.separate()) this.run = answer.run;
      await this.taken(batch, answer, abort.signal);
    } catch (problem) {
      await this.notTaken(batch, problem);
    }
  }

  async taken(batch, answer, signal) {
    const late = ["queued", "running"].includes(answer.status);
    if (late) this.say("taken; the analysis goes on, also when this page is left.", false, link(ownPath(answer.url) ?? "/", "its page"));
    for (const [i, item] of batch.entries()) {
      const profile = answer.profiles?.[i] ?? answer;
      if (late) await settled(profile.id, signal);
      item.set(profile.duplicate ? "known" : "done", { answer });
    }
  }

  async notTaken(batch, problem) {
    // One of several was cancelled: the request ended for all, the others go again.
    const left = batch.filter((item) => item.state !== "cancelled");
    if (problem === null || (batch.length > 1 && problem.status >= 400 && problem.status < 500 && ![401, 403].includes(problem.status))) {
      for (const item of left) item.set("waiting", { share: 0 });
      if (problem === null) return this.sendBatch(left);
      // One file kept all from being taken: each for itself tells which.
      for (const item of left) await this.sendBatch([item]);
      return;
    }
    for (const item of left) item.set("failed", { problem });
  }

  async finish(items) {
    const good = items.filter((item) => item.state === "done");
    const known = items.filter((item) => item.state === "known");
    const failed = items.filter((item) => item.state === "failed");
    const last = [...good, ...known].at(-1);
    const report = last && ownPath(last.answer.url);
    if (failed.length > 0) {
      const words = failed.length === 1 ? `${failed[0].path}: ${failed[0].wordsNow()}` : `${failed.length} of ${items.length} files were not taken: ${failed[0].wordsNow()}`;
      const more = report ? [link(report, "report of the others")] : [];
      if (failed[0].problem.link) more.push(link(...failed[0].problem.link));
      return this.say(words, true, ...more);
    }
    if (!last) return this.say("Cancelled.");
    if (this.target.after) return this.target.after(last.answer, this);
    if (good.length === 0) return this.say(`Already known: the same run, ${last.answer.run}.`, false, link(report ?? "/", "open its report"));
    if (this.separate() && good.length + known.length > 1)
      return this.say(`${count(good.length, "run")} made.`, false, link(`/projects/${encodeURIComponent(last.answer.project)}`, "to the project"));
    this.say("done, the report is opened");
    if (report) location.assign(report);
  }
}
