// Colours of boxes. Fills come from CSS custom properties, read once for each theme; ink is black or white, whichever
// stands out more, so text on a box always has a contrast of at least 4.5 to 1. DOM-free but for readTheme.
import { hashText } from "./text.js";

// Class of a category -> custom properties, the first that is set counts.
const CLASS_VARIABLES = {
  managed: ["--flame-managed", "--managed"],
  runtime: ["--flame-runtime", "--runtime"],
  serde: ["--flame-serde", "--serde"],
  native: ["--flame-native", "--native"],
  kernel: ["--flame-kernel", "--kernel"],
  spin: ["--flame-spin", "--spin"],
  wait: ["--flame-wait", "--wait"],
  internal_wait: ["--flame-internal", "--internal"],
  idle: ["--flame-idle", "--idle"],
  meta: ["--flame-unknown", "--unknown"],
};
const FALLBACK = {
  managed: "#2b6cb0", runtime: "#8fbce6", serde: "#45a574", native: "#6a2a7c", kernel: "#5a646f", spin: "#b06a8a",
  wait: "#e0a63a", internal_wait: "#b98a5a", idle: "#b9c1cb", meta: "#8b95a1",
};
// Waiting is hatched, so that it is told from work without colour.
const PATTERNS = { wait: "rising", internal_wait: "falling", idle: "dots", spin: "steep" };

// Paul Tol's "muted" set, told apart with each kind of colour blindness, and a second, lighter round of it.
const HUES = ["#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#ddcc77", "#cc6677", "#882255", "#aa4499"];

export function parseColour(text) {
  const hex = text.trim().match(/^#([0-9a-f]{3}|[0-9a-f]{6})$/i)?.[1];
  if (hex) {
    const six = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
    return [0, 2, 4].map((at) => parseInt(six.slice(at, at + 2), 16));
  }
  const parts = text.match(/^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)/)?.slice(1, 4).map(Number);
  return parts ?? null;
}

export function cssColour(rgb) {
  return `#${rgb.map((part) => Math.round(Math.min(255, Math.max(0, part))).toString(16).padStart(2, "0")).join("")}`;
}

export function mixed(a, b, share) {
  return a.map((part, i) => part + (b[i] - part) * share);
}

export function luminance(rgb) {
  const [r, g, b] = rgb.map((part) => {
    const c = part / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const BLACK = [0, 0, 0];
const WHITE = [255, 255, 255];

export function inkOn(rgb) {
  return contrast(rgb, WHITE) >= contrast(rgb, BLACK) ? WHITE : BLACK;
}

// A stripe that is seen on the fill and leaves the ink readable: away from the ink.
export function stripeOn(rgb) {
  return mixed(rgb, inkOn(rgb) === WHITE ? BLACK : WHITE, 0.28);
}

// read(name) -> value of a custom property, "" when unset.
export function makeTheme(read) {
  const first = (names, fallback) => {
    for (const name of names) {
      const colour = parseColour(read(name));
      if (colour) return colour;
    }
    return parseColour(fallback);
  };
  const classes = {};
  for (const [name, variables] of Object.entries(CLASS_VARIABLES)) classes[name] = first(variables, FALLBACK[name]);
  const ground = first(["--flame-ground", "--ground"], "#ffffff");
  return {
    classes,
    ground,
    dark: luminance(ground) < 0.2,
    ink: first(["--ink"], "#1c2127"),
    plain: first(["--flame-plain", "--idle"], "#b9c1cb"),
    less: first(["--flame-less"], "#2166ac"),
    more: first(["--flame-more"], "#d9730d"),
    focus: first(["--flame-focus", "--ink"], "#1c2127"),
  };
}

export function readTheme(element) {
  const style = getComputedStyle(element);
  return makeTheme((name) => style.getPropertyValue(name).trim());
}

export function classColour(theme, name) {
  return theme.classes[name] ?? theme.classes.meta;
}

export function patternOf(className) {
  return PATTERNS[className] ?? null;
}

// A stable colour for a name (of a module): of the hues, in two strengths.
export function hashColour(theme, name) {
  if (name === "") return theme.plain;
  return hueColour(theme, hashText(name) % (HUES.length * 2));
}

export function hueColour(theme, index) {
  const hue = parseColour(HUES[index % HUES.length]);
  const bounded = theme.dark ? mixed(hue, WHITE, luminance(hue) < 0.1 ? 0.3 : 0) : mixed(hue, WHITE, luminance(hue) < 0.1 ? 0.15 : 0.05);
  return index % (HUES.length * 2) < HUES.length ? bounded : mixed(bounded, theme.ground, 0.38);
}

// change -1..1: less is blue, more is orange, strength grows with it; 0 is grey.
export const CHANGE_STEPS = 7;
export function changeColour(theme, change) {
  const strength = Math.ceil(Math.min(1, Math.abs(change)) * CHANGE_STEPS) / CHANGE_STEPS;
  if (strength === 0) return theme.plain;
  return mixed(theme.plain, change > 0 ? theme.more : theme.less, 0.25 + 0.75 * strength);
}

export function softened(theme, rgb) {
  return mixed(rgb, theme.ground, 0.4);
}

export function dimmed(theme, rgb) {
  return mixed(rgb, theme.ground, 0.72);
}
