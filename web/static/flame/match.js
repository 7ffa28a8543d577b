// What a search means. compile(text, kind) -> { test(string) } or { error: sentence }.
//   text    the words somewhere in it; small letters match large ones, unless the search has large ones itself
//   glob    the whole of it, * any run, ? one character: as the service reads frame globs
//   regexp  somewhere in it; read by an engine of our own (regexp.js) that takes time in proportion to the name,
//           whatever the expression: no search can hold up the page
import { compileRegexp } from "./regexp.js";
import { baseName } from "./text.js";

export const PATTERN_MAX = 300; // letters of a search
export const NAME_MAX = 2000; // letters of a name that are looked at

// Star by star, going back to the last one only: at most length x length steps.
export function globTest(pattern) {
  return (text) => {
    let star = -1;
    let retry = 0;
    let p = 0;
    let i = 0;
    while (i < text.length) {
      if (pattern[p] === "*") {
        star = ++p;
        retry = i;
      } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[i])) {
        p++;
        i++;
      } else if (star >= 0) {
        p = star;
        i = ++retry;
      } else {
        return false;
      }
    }
    while (pattern[p] === "*") p++;
    return p === pattern.length;
  };
}

function textTest(words) {
  if (words !== words.toLowerCase()) return (text) => text.includes(words);
  return (text) => text.toLowerCase().includes(words);
}

export function compile(text, kind = "text") {
  if (text.length > PATTERN_MAX) return { error: `A search may have ${PATTERN_MAX} letters at most; this one has ${text.length}.` };
  if (text === "") return { error: "Nothing to search for." };
  let test;
  if (kind === "regexp") {
    const made = compileRegexp(text);
    if (made.error) return made;
    test = made.test;
  } else {
    test = kind === "glob" ? globTest([...text]) : textTest(text);
  }
  if (kind === "glob") return { test: (name) => test([...name.slice(0, NAME_MAX)]) };
  return { test: (name) => test(name.length > NAME_MAX ? name.slice(0, NAME_MAX) : name) };
}

// Functions that a search means: Uint8Array over keys, 1 = yes. Each function is tried once, by what the service tries
// its frame globs on: name, file, module, "name (file)" and "name (last part of file)".
export function matchKeys(data, fn) {
  const test = typeof fn === "function" ? fn : (text) => fn.test(text);
  const { keys, frames } = data;
  const found = new Uint8Array(keys.count);
  const known = new Uint8Array(data.strings.count); // of single texts: 1 no, 2 yes
  const holds = (id) => {
    if (id >= known.length) return false;
    if (known[id] === 0) {
      const text = data.text(id);
      known[id] = text !== "" && test(text) ? 2 : 1;
    }
    return known[id] === 2;
  };
  for (let key = 0; key < keys.count; key++) {
    const frame = keys.frame[key];
    const file = data.text(frames.file[frame]);
    const name = data.text(frames.func[frame]);
    const yes =
      holds(frames.func[frame]) || holds(frames.file[frame]) || holds(frames.module[frame]) ||
      (file !== "" && (test(`${name} (${file})`) || test(`${name} (${baseName(file)})`)));
    found[key] = yes ? 1 : 0;
  }
  return found;
}
