// Names come out of files that strangers made: what cannot be seen, or turns the line round, is written out.

// Controls, marks of direction, joiners of no width, line and paragraph separators, half surrogates, tags, specials.
const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]|[\u{e0000}-\u{e0fff}]|\p{Surrogate}/gu;

// The text with each hidden character as its number: "evil\u202egnp" is shown as "evil<U+202E>gnp".
export function showable(text) {
  return text.replace(HIDDEN, (character) => {
    if (character === "\t" || character === "\n" || character === "\r") return " ";
    return `<U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}>`;
  });
}

// The last part of a path, of either kind of slash.
export function baseName(path) {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

// The last part of a qualified name: "http.(*conn).serve" -> "serve", "std::map<a::b>::at(c::d)" -> "at(c::d)". What
// stands in brackets is not taken apart; a name without parts, or one that ends in a separator, stays as it is.
export function lastPart(name) {
  let depth = 0;
  let from = 0;
  for (let i = 0; i < name.length; i++) {
    const sign = name[i];
    if (sign === "(" || sign === "<" || sign === "[" || sign === "{") depth++;
    else if (sign === ")" || sign === ">" || sign === "]" || sign === "}") depth = Math.max(0, depth - 1);
    else if (depth === 0 && sign === " ") return name; // words, or a return type: no telling which part matters
    else if (depth === 0 && (sign === "." || sign === ":" || sign === "/" || sign === "#")) from = i + 1;
  }
  return from < name.length ? name.slice(from) : name;
}

// FNV-1a over UTF-16: stable from visit to visit, for colours.
export function hashText(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
