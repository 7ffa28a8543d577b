// The form of a proposal and its document, each made from the other. Members that the form does not know stay as they
// are: the document is kept whole, and a field changes it only where its text differs from what the document says.
import { read, show } from "./quantity.js";

const steps = (path) => path.split(".");

export function get(doc, path) {
  return steps(path).reduce((value, step) => (value === null || typeof value !== "object" ? undefined : value[step]), doc);
}

export function set(doc, path, value) {
  const way = steps(path);
  const last = way.pop();
  let at = doc;
  for (const step of way) {
    if (value === undefined && (at[step] === null || typeof at[step] !== "object")) return;
    if (at[step] === null || typeof at[step] !== "object") at[step] = {};
    at = at[step];
  }
  if (value === undefined) delete at[last];
  else at[last] = value;
  // An object that lost its last member goes with it.
  if (value === undefined && way.length > 0 && Object.keys(at).length === 0) set(doc, way.join("."), undefined);
}

export function textOf(type, value) {
  if (type === "quantity" || type === "number") return show(value);
  if (type === "globs") return Array.isArray(value) ? value.join("\n") : typeof value === "string" ? value : "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

export function valueOf(type, text) {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  if (type === "quantity") return read(trimmed);
  if (type === "number") {
    const value = read(trimmed);
    if (typeof value !== "number") throw new Error("want one number");
    return value;
  }
  if (type === "globs") return trimmed.split("\n").map((line) => line.trim()).filter(Boolean);
  return trimmed;
}

function factValue(text) {
  if (text === "") return null;
  if (text === "yes" || text === "true") return true;
  if (text === "no" || text === "false") return false;
  try {
    const value = read(text);
    if (typeof value === "number") return value;
  } catch {
    // a word
  }
  return text;
}

export class ProposalForm {
  // form: the element; its lists are sections with data-list, their rows fieldsets.
  constructor(form) {
    this.form = form;
    this.doc = {};
    this.lists = new Map();
    for (const section of form.querySelectorAll("[data-list]")) {
      const rows = [...section.querySelectorAll(":scope > .ed-row")];
      const blank = rows.at(-1).cloneNode(true);
      this.lists.set(section.dataset.list, { section, blank, kind: section.dataset.listKind, next: rows.length, items: new Map() });
    }
  }

  // Fields that stand in no list.
  get plain() {
    return [...this.form.querySelectorAll("[data-path]")].filter((field) => !field.closest(".ed-row"));
  }

  rows(list) {
    return [...list.section.querySelectorAll(":scope > .ed-row")];
  }

  // A row with a number of its own; the numbers only tell rows apart.
  addRow(name) {
    const list = this.lists.get(name);
    const row = list.blank.cloneNode(true);
    const old = row.dataset.row;
    const fresh = String(list.next++);
    row.dataset.row = fresh;
    for (const element of row.querySelectorAll("[id], [for], [name], [aria-describedby]")) {
      for (const key of ["id", "for", "aria-describedby"]) {
        const value = element.getAttribute(key);
        if (value) element.setAttribute(key, value.replaceAll(`f-${name}-${old}-`, `f-${name}-${fresh}-`));
      }
      for (const key of ["name", "data-path"]) {
        const value = element.getAttribute(key);
        if (value) element.setAttribute(key, value.replace(`${name}.${old}.`, `${name}.${fresh}.`));
      }
    }
    const rows = this.rows(list);
    if (rows.length > 0) rows.at(-1).after(row);
    else list.section.append(row);
    this.number(list);
    return row;
  }

  removeRow(row) {
    const list = this.lists.get(row.parentElement.dataset.list);
    list.items.delete(row);
    row.remove();
    this.number(list);
  }

  number(list) {
    this.rows(list).forEach((row, index) => (row.querySelector("legend").textContent = String(index + 1)));
  }

  member(row, field) {
    return field.dataset.path.slice(`${row.parentElement.dataset.list}.${row.dataset.row}.`.length);
  }

  // The document into the form.
  fill(doc) {
    this.doc = doc;
    for (const field of this.plain) field.value = textOf(field.dataset.type, get(doc, field.dataset.path));
    for (const [name, list] of this.lists) {
      for (const row of this.rows(list)) row.remove();
      list.items.clear();
      const value = doc[name];
      if (list.kind === "facts") {
        for (const [fact, is] of Object.entries(value && typeof value === "object" ? value : {})) {
          const row = this.addRow(name);
          row.querySelector('[data-path$=".name"]').value = fact;
          row.querySelector('[data-path$=".value"]').value = textOf("text", is);
        }
        continue;
      }
      for (const item of Array.isArray(value) ? value : []) {
        const row = this.addRow(name);
        list.items.set(row, item);
        for (const field of row.querySelectorAll("[data-path]")) {
          const own = typeof item === "string" ? item : get(item, this.member(row, field));
          field.value = textOf(field.dataset.type, own);
        }
      }
    }
  }

  // One field into an object; a text that cannot be read is noted.
  take(field, object, path, faults) {
    if (field.value.trim() === textOf(field.dataset.type, get(object, path)).trim()) return;
    try {
      set(object, path, valueOf(field.dataset.type, field.value));
    } catch (error) {
      faults.set(field, error.message);
    }
  }

  takeList(name, list, faults) {
    const before = Array.isArray(this.doc[name]) ? this.doc[name].length : 0;
    const items = [];
    list.order = [];
    for (const row of this.rows(list)) {
      let item = list.items.get(row);
      if (list.kind === "texts" && (item === undefined || typeof item === "string")) {
        item = row.querySelector("[data-path]").value.trim() || undefined;
      } else {
        item = item && typeof item === "object" ? structuredClone(item) : {};
        for (const field of row.querySelectorAll("[data-path]")) this.take(field, item, this.member(row, field), faults);
        if (Object.keys(item).length === 0) item = undefined;
      }
      if (item === undefined) list.items.delete(row);
      else {
        list.items.set(row, item);
        items.push(item);
        list.order.push(row);
      }
    }
    if (items.length > 0) this.doc[name] = items;
    else if (before > 0) delete this.doc[name];
  }

  takeFacts(name, list, faults) {
    const old = this.doc[name] && typeof this.doc[name] === "object" ? this.doc[name] : {};
    const facts = {};
    for (const row of this.rows(list)) {
      const fact = row.querySelector('[data-path$=".name"]').value.trim();
      const value = row.querySelector('[data-path$=".value"]').value.trim();
      if (fact === "" && value !== "") faults.set(row.querySelector('[data-path$=".name"]'), "which fact is it?");
      if (fact === "") continue;
      facts[fact] = fact in old && textOf("text", old[fact]) === value ? old[fact] : factValue(value);
    }
    if (Object.keys(facts).length > 0) this.doc[name] = facts;
    else delete this.doc[name];
  }

  // The form into the document: {doc, faults: Map(field -> text)}.
  collect() {
    const faults = new Map();
    for (const field of this.plain) this.take(field, this.doc, field.dataset.path, faults);
    for (const [name, list] of this.lists) {
      if (list.kind === "facts") this.takeFacts(name, list, faults);
      else this.takeList(name, list, faults);
    }
    return { doc: this.doc, faults };
  }

  // The field that an error of the service speaks of: "components[2].match[0]", "cost.months.lo", "facts.ops".
  fieldOf(name) {
    const way = steps(name.replaceAll("[", ".").replaceAll("]", ""));
    const list = this.lists.get(way[0]);
    if (list?.kind === "facts") {
      const row = this.rows(list).find((one) => one.querySelector('[data-path$=".name"]').value.trim() === way[1]);
      return row?.querySelector('[data-path$=".value"]') ?? null;
    }
    const row = list?.order?.[Number(way[1])];
    for (let n = way.length; n > 0; n--) {
      const path = row ? [way[0], row.dataset.row, ...way.slice(2, n)].join(".") : way.slice(0, n).join(".");
      const found = this.form.querySelector(`[data-path="${CSS.escape(path)}"]`);
      if (found) return found;
    }
    return row?.querySelector("[data-path]") ?? null;
  }
}
