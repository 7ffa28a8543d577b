// Sliders beside the numbers of a form: one for each number of a quantity, and what kind of quantity it is.
import { join, parts } from "./quantity.js";

const top = 1000;
const names = { one: [""], range: ["lowest", "highest"], likely: ["lowest", "most likely", "highest"], p10: ["one in ten below", "one in ten above"] };
const kinds = [["one", "one number"], ["range", "between"], ["likely", "most likely"], ["p10", "nine in ten"]];

function rounded(x) {
  if (x === 0) return 0;
  const step = 10 ** (Math.floor(Math.log10(Math.abs(x))) - 2);
  // Through the text of the number: 0.30000000000000004 is nobody's wish.
  return Number((Math.round(x / step) * step).toPrecision(6));
}

class Scale {
  constructor(field) {
    this.lo = Number(field.dataset.lo);
    this.hi = Number(field.dataset.hi);
    this.log = field.dataset.scale === "log";
  }
  at(value) {
    const { lo, hi } = this;
    const t = this.log ? Math.log(Math.max(value, lo) / lo) / Math.log(hi / lo) : (value - lo) / (hi - lo);
    return Math.round(top * Math.min(1, Math.max(0, t)));
  }
  value(position) {
    const t = position / top;
    return rounded(this.log ? this.lo * (this.hi / this.lo) ** t : this.lo + t * (this.hi - this.lo));
  }
}

// What the numbers become when the kind changes: those that are there stay, the others stand a fifth away.
function change({ kind, numbers }, to) {
  const low = numbers[0];
  const high = numbers.at(-1);
  const mid = kind === "likely" ? numbers[1] : kind === "one" ? low : rounded((low + high) / 2);
  const lo = kind === "one" ? rounded(low * 0.8) : low;
  const hi = kind === "one" ? rounded(low * 1.2) : high;
  return { kind: to, numbers: to === "one" ? [mid] : to === "likely" ? [lo, mid, hi] : [lo, hi] };
}

export function addSlider(field) {
  if (!field.dataset.lo || field.closest(".ed-field").querySelector(".ed-slider")) return;
  const scale = new Scale(field);
  const label = field.closest(".ed-field").querySelector("label").firstChild.textContent.trim();
  const box = document.createElement("div");
  box.className = "ed-slider";
  const shape = document.createElement("select");
  shape.className = "shape";
  shape.setAttribute("aria-label", `${label}: how sure`);
  for (const [value, text] of field.dataset.type === "number" ? kinds.slice(0, 1) : kinds) shape.append(new Option(text, value));
  const ranges = document.createElement("div");
  ranges.className = "ranges";
  const beside = document.createElement("div");
  beside.className = "ed-input";
  field.replaceWith(beside);
  beside.append(field, shape);
  box.append(ranges);
  beside.after(box);
  let state;

  const tell = () => field.dispatchEvent(new Event("input", { bubbles: true }));
  const write = () => {
    field.value = join(state);
    tell();
  };
  const slide = (input, index) => {
    if (state.kind === "none") state = { kind: "one", numbers: [0] };
    state.numbers[index] = scale.value(Number(input.value));
    // The others give way, so that lowest stays below highest.
    for (let i = 0; i < state.numbers.length; i++) {
      if (i < index) state.numbers[i] = Math.min(state.numbers[i], state.numbers[index]);
      if (i > index) state.numbers[i] = Math.max(state.numbers[i], state.numbers[index]);
    }
    write();
  };
  const show = () => {
    const unknown = state.kind === "none";
    const wanted = names[unknown ? "one" : state.kind];
    while (ranges.children.length > wanted.length) ranges.lastChild.remove();
    while (ranges.children.length < wanted.length) {
      const input = document.createElement("input");
      input.type = "range";
      input.min = 0;
      input.max = top;
      const index = ranges.children.length;
      input.addEventListener("input", () => slide(input, index));
      ranges.append(input);
    }
    box.classList.toggle("unknown", unknown);
    shape.value = unknown ? "one" : state.kind;
    shape.disabled = unknown;
    shape.hidden = unknown || shape.options.length < 2;
    [...ranges.children].forEach((input, i) => {
      input.setAttribute("aria-label", [label, wanted[i]].filter(Boolean).join(", "));
      input.setAttribute("aria-valuetext", unknown ? "not known" : String(state.numbers[i]));
      if (unknown) input.value = top / 2;
      else if (scale.value(Number(input.value)) !== state.numbers[i]) input.value = scale.at(state.numbers[i]);
    });
  };
  const read = () => {
    try {
      state = parts(field.value);
      show();
    } catch {
      // The field says what is wrong; the sliders stay where they are.
    }
  };
  shape.addEventListener("change", () => {
    state = change(state, shape.value);
    write();
  });
  field.addEventListener("input", read);
  field.addEventListener("filled", read);
  read();
}
