// Names completed while one types: a list below the field, arrows choose, Enter or Tab takes, Escape closes.
const shown = 8;

export class Complete {
  // names: [{name, words}]
  constructor(area, id) {
    this.area = area;
    this.names = [];
    this.found = [];
    this.at = 0;
    this.list = document.createElement("ul");
    this.list.className = "ed-complete";
    this.list.id = id;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "names of facts");
    this.list.hidden = true;
    area.after(this.list);
    area.setAttribute("aria-controls", id);
    area.setAttribute("aria-autocomplete", "list");
    area.addEventListener("input", () => this.look());
    area.addEventListener("keydown", (event) => this.key(event));
    area.addEventListener("blur", () => this.close());
    this.list.addEventListener("mousedown", (event) => {
      const item = event.target.closest("li");
      event.preventDefault();
      if (item) this.take([...this.list.children].indexOf(item));
    });
  }

  word() {
    const before = this.area.value.slice(0, this.area.selectionStart);
    return before.match(/[A-Za-z_][A-Za-z0-9_]*$/)?.[0] ?? "";
  }

  look() {
    const word = this.word();
    const wanted = word.toLowerCase();
    // What begins like it first, then what holds it.
    this.found = word.length < 2 ? [] : [
      ...this.names.filter(({ name }) => name.startsWith(wanted)),
      ...this.names.filter(({ name }) => !name.startsWith(wanted) && name.includes(wanted)),
    ].slice(0, shown);
    if (this.found.length === 0 || (this.found.length === 1 && this.found[0].name === word)) return this.close();
    this.at = 0;
    this.list.replaceChildren(...this.found.map(({ name, words }, i) => {
      const item = document.createElement("li");
      const code = document.createElement("code");
      code.textContent = name;
      item.append(code, ` ${words}`);
      item.setAttribute("role", "option");
      item.id = `${this.list.id}-${i}`;
      return item;
    }));
    this.list.hidden = false;
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((item, i) => item.setAttribute("aria-selected", i === this.at));
    this.area.setAttribute("aria-activedescendant", `${this.list.id}-${this.at}`);
  }

  close() {
    this.list.hidden = true;
    this.area.removeAttribute("aria-activedescendant");
  }

  take(i) {
    const word = this.word();
    const end = this.area.selectionStart;
    this.area.setRangeText(this.found[i].name, end - word.length, end, "end");
    this.close();
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
    this.close();
  }

  key(event) {
    if (this.list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.at = (this.at + step + this.found.length) % this.found.length;
      this.mark();
    } else if (event.key === "Enter" || event.key === "Tab") this.take(this.at);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
  }
}
