// The line of time above a picture in the order of time. Ticks stand at 1, 2 or 5 times a power of ten.
import { el } from "./dom.js";
import { amount } from "./words.js";

// Round places between from and to, at most `most` of them.
export function ticks(from, to, most) {
  const size = to - from;
  if (!(size > 0) || !Number.isFinite(size)) return [];
  const power = 10 ** Math.floor(Math.log10(size / most));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => size / one <= most);
  const places = [];
  for (let n = Math.ceil(from / step); n * step < to && places.length < most + 1; n++) places.push(n * step);
  return places;
}

export class Ruler {
  constructor() {
    this.element = el("div", { class: "fl-ruler", "aria-hidden": "true", hidden: true });
  }

  // head: of the data, for the unit; from, to: what the picture shows.
  show(head, from, to) {
    const width = this.element.clientWidth;
    const places = ticks(from, to, Math.max(2, Math.floor(width / 110)));
    this.element.replaceChildren(
      ...places.map((place) => {
        const mark = el("span", {}, place === 0 ? "0" : amount(place, head, 3));
        mark.style.left = `${(100 * (place - from)) / (to - from)}%`;
        return mark;
      }),
    );
  }
}
