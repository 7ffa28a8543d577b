// The list of keys, and what each asks for. One table: the dialog shows what the handler does.
import { button, el } from "./dom.js";

export const keys = [
  ["arrows", "walk from box to box: up and down the stack, left and right among neighbours"],
  ["Enter", "zoom into the selected box"],
  ["Backspace, Escape", "back: to the zoom before, then the selection is given up"],
  ["Home", "the whole picture"],
  ["/", "search; Enter in the field walks to the next match"],
  ["n, N", "next match, the one before"],
  ["f", "focus: only stacks that hold the function, from it on"],
  ["h", "hide: without the stacks that hold the function"],
  ["m", "merge: the function's weight goes to its caller"],
  ["c", "collapse recursion"],
  ["u", "take the last of these back"],
  ["s", "callers and callees of the function"],
  ["t", "table, and back to the graph"],
  ["g", "graph"],
  ["i", "flame or icicle"],
  ["r", "reset everything"],
  ["?", "this list"],
];

export function helpDialog() {
  const dialog = el(
    "dialog",
    { class: "fl-keys", "aria-label": "Keys of the flame graph" },
    el("h3", {}, "Keys"),
    el("table", {}, el("tbody", {}, keys.map(([key, words]) => el("tr", {}, el("th", { scope: "row" }, key.split(", ").map((one, index) => [index ? " " : null, el("kbd", {}, one)])), el("td", {}, words))))),
    el("p", { class: "quiet" }, "A tap selects a box, a double tap zooms into it, two fingers stretch the picture."),
  );
  dialog.append(button("Close", "close the list", () => dialog.close()));
  return dialog;
}

const arrows = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };

// True when the key was taken. to: the actions, by name.
export function takeKey(event, to, onCanvas) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return false;
  const inField = event.target.matches?.("input, textarea, select, [contenteditable]");
  if (inField) return false;
  const simple = { "/": to.search, "?": to.help, f: to.focus, h: to.hide, m: to.merge, c: to.collapse, u: to.undo, s: to.sandwich, t: to.table, g: to.graph, i: to.flip, r: to.reset, n: to.next, N: to.previous };
  let action = simple[event.key];
  if (!action && onCanvas) {
    if (arrows[event.key]) action = () => to.walk(arrows[event.key]);
    else if (event.key === "Enter") action = to.zoom;
    else if (event.key === "Home") action = to.whole;
  }
  if (!action && (event.key === "Backspace" || event.key === "Escape")) action = to.back;
  if (!action) return false;
  event.preventDefault();
  action();
  return true;
}
