// What a reader chose, in the address: one short prefix a flame graph, so that several on a page do not meet. Absent
// means the default, so an untouched page keeps its plain address.

const words = {
  q: "", // search
  k: "text", // text | glob | regexp
  c: "category", // colour
  s: "flame", // flame | icicle
  o: "heavy", // heavy | name | time
  v: "graph", // graph | sandwich | table
  i: "", // isolated category
  t: "", // threads, indices
  x: "", // transforms, "focus:HASH"
  z: "", // zoomed box, a path's hash
  b: "", // selected box, a path's hash
  f: "", // function of the sandwich view
  e: "", // event (column)
  a: "", // artefact, where an upload holds several
  m: "", // merge: function | line
  n: "", // sort of the tables
  l: "", // filter of the sandwich list
  w: "", // shown beside: a profile, or ":N" for another column
};

export const defaults = Object.freeze({ ...words });

export function readState(prefix, search = location.search) {
  const query = new URLSearchParams(search);
  const state = { ...words };
  for (const name of Object.keys(words)) {
    const value = query.get(prefix + name);
    if (value !== null && value.length <= 4000) state[name] = value;
  }
  return state;
}

// push: a step that the browser's back button takes back.
export function writeState(prefix, state, push) {
  const url = new URL(location.href);
  for (const [name, usual] of Object.entries(words)) {
    if (state[name] && state[name] !== usual) url.searchParams.set(prefix + name, state[name]);
    else url.searchParams.delete(prefix + name);
  }
  if (url.href === location.href) return;
  if (push) history.pushState(null, "", url);
  else history.replaceState(history.state, "", url);
}
