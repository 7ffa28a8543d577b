// Regular expressions in time proportional to the text: the expression becomes a graph of states, and all states that a
// text can be in are followed at once (Thompson 1968), so no expression can take for ever. The sets of states met are
// kept with their next sets, which makes most letters one look-up.
//
// Understood: letters, . [sets] [^sets] \d \w \s \D \W \S \b \B ^ $ | ( ) (?: ) * + ? {m} {m,} {m,n}, their lazy forms,
// \t \n \xHH \uHHHH \u{H}, and (?i) at the start for either case. Refused with a sentence: looking around, references back.

const STATES_MAX = 5000;
const NAMED_MAX = 64; // states of a set that is looked for by name
const KEPT_MAX = 2_000_000; // numbers in all sets that are kept
const SET_COST = 20;
const STEP_COST = 5;
const DEPTH_MAX = 50;

class Refusal extends Error {}

const refuse = (sentence) => {
  throw new Refusal(sentence);
};

const CLASSES = {
  d: [[48, 57]],
  w: [[48, 57], [65, 90], [95, 95], [97, 122]],
  s: [[9, 13], [32, 32], [160, 160], [0x1680, 0x1680], [0x2000, 0x200a], [0x2028, 0x2029], [0x202f, 0x202f], [0x205f, 0x205f], [0x3000, 0x3000], [0xfeff, 0xfeff]],
};

function inverse(ranges) {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const out = [];
  let next = 0;
  for (const [from, to] of sorted) {
    if (from > next) out.push([next, from - 1]);
    next = Math.max(next, to + 1);
  }
  if (next <= 0x10ffff) out.push([next, 0x10ffff]);
  return out;
}

const CONTROLS = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 };

// Reads an expression into a tree: { type: "set", ranges } | "seq" parts | "or" parts | "repeat" part, least, most | "start" | "end" | "edge", inside
class Parser {
  constructor(text) {
    this.any = text.startsWith("(?i)");
    this.signs = [...(this.any ? text.slice(4) : text)];
    this.at = 0;
  }
  peek() {
    return this.signs[this.at];
  }
  take(sign) {
    if (this.peek() !== sign) return false;
    this.at++;
    return true;
  }
  whole() {
    const tree = this.choice(0);
    if (this.at < this.signs.length) refuse("There is a ) without its (.");
    return tree;
  }
  choice(depth) {
    if (depth > DEPTH_MAX) refuse(`Brackets may stand ${DEPTH_MAX} deep at most.`);
    const parts = [this.sequence(depth)];
    while (this.take("|")) parts.push(this.sequence(depth));
    return parts.length === 1 ? parts[0] : { type: "or", parts };
  }
  sequence(depth) {
    const parts = [];
    while (this.at < this.signs.length && this.peek() !== "|" && this.peek() !== ")") parts.push(this.repeated(depth));
    return { type: "seq", parts };
  }
  repeated(depth) {
    let part = this.single(depth);
    for (;;) {
      const bounds = this.bounds();
      if (!bounds) return part;
      if (["start", "end", "edge"].includes(part.type)) refuse("There is nothing to repeat.");
      this.take("?");
      part = { type: "repeat", part, ...bounds };
    }
  }
  bounds() {
    if (this.take("*")) return { least: 0, most: Infinity };
    if (this.take("+")) return { least: 1, most: Infinity };
    if (this.take("?")) return { least: 0, most: 1 };
    const found = this.signs.slice(this.at, this.at + 12).join("").match(/^\{(\d{1,4})(,(\d{0,4}))?\}/);
    if (!found) return null;
    this.at += found[0].length;
    const least = Number(found[1]);
    const most = !found[2] ? least : found[3] === "" ? Infinity : Number(found[3]);
    if (most < least) refuse(`In {${least},${most}} the numbers are out of order.`);
    return { least, most };
  }
  single(depth) {
    const sign = this.signs[this.at++];
    switch (sign) {
      case ".": return { type: "set", ranges: inverse([[10, 10], [13, 13], [0x2028, 0x2029]]) };
      case "^": return { type: "start" };
      case "$": return { type: "end" };
      case "[": return this.set();
      case "\\": return this.escaped();
      case "(": return this.group(depth);
      case "*": case "+": case "?": return refuse(`There is nothing before ${sign} to repeat.`);
      default: return this.letter(sign.codePointAt(0));
    }
  }
  group(depth) {
    if (this.take("?")) {
      if (this.take("<") && this.peek() !== "=" && this.peek() !== "!") {
        while (this.at < this.signs.length && !this.take(">")) this.at++;
      } else if (!this.take(":")) {
        refuse("Looking ahead or back is not understood here.");
      }
    }
    const inside = this.choice(depth + 1);
    if (!this.take(")")) refuse("There is a ( without its ).");
    return inside;
  }
  letter(code) {
    return { type: "set", ranges: this.bothCases([[code, code]]) };
  }
  escaped() {
    const edge = this.peek();
    if (edge === "b" || edge === "B") {
      this.at++;
      return { type: "edge", inside: edge === "B" };
    }
    const ranges = this.escape();
    return { type: "set", ranges: this.bothCases(ranges) };
  }
  // What stands behind a backslash, as ranges of letters.
  escape() {
    const sign = this.signs[this.at++];
    if (sign === undefined) refuse("It ends in a backslash.");
    const own = CLASSES[sign.toLowerCase()];
    if (own) return sign === sign.toLowerCase() ? own : inverse(own);
    if (sign in CONTROLS) return [[CONTROLS[sign], CONTROLS[sign]]];
    if (sign === "x" || sign === "u") return this.number(sign);
    if (/[0-9]/.test(sign) || sign === "k") refuse("References back to a group are not understood here.");
    if (/[A-Za-z]/.test(sign)) refuse(`\\${sign} is not understood here.`);
    const code = sign.codePointAt(0);
    return [[code, code]];
  }
  number(kind) {
    const rest = this.signs.slice(this.at, this.at + 8).join("");
    const found = rest.match(kind === "x" ? /^([0-9a-f]{2})/i : /^(?:\{([0-9a-f]{1,6})\}|([0-9a-f]{4}))/i);
    if (!found) refuse(`\\${kind} needs a number.`);
    this.at += found[0].length;
    const code = parseInt(found[1] ?? found[2], 16);
    if (code > 0x10ffff) refuse(`There is no letter ${found[0]}.`);
    return [[code, code]];
  }
  set() {
    const not = this.take("^");
    let ranges = [];
    let first = true;
    while (first || this.peek() !== "]") {
      if (this.at >= this.signs.length) refuse("There is a [ without its ].");
      const from = this.bound();
      first = false;
      if (this.peek() !== "-" || this.signs[this.at + 1] === "]" || this.signs[this.at + 1] === undefined) {
        ranges.push(...from);
        continue;
      }
      this.at++;
      const to = this.bound();
      if (from.length !== 1 || to.length !== 1 || from[0][0] !== from[0][1] || to[0][0] < from[0][0])
        refuse("A range in [ ] is out of order.");
      ranges.push([from[0][0], to[0][1]]);
    }
    this.at++;
    ranges = this.bothCases(ranges);
    return { type: "set", ranges: not ? inverse(ranges) : ranges };
  }
  bound() {
    const sign = this.signs[this.at++];
    if (sign === "\\") {
      if (this.peek() !== "b") return this.escape();
      this.at++;
      return [[8, 8]];
    }
    const code = sign.codePointAt(0);
    return [[code, code]];
  }
  bothCases(ranges) {
    if (!this.any) return ranges;
    const more = [];
    for (const [from, to] of ranges) {
      if (to - from > 2000) continue;
      for (let code = from; code <= to; code++) {
        const letter = String.fromCodePoint(code);
        for (const other of [letter.toLowerCase(), letter.toUpperCase()])
          if ([...other].length === 1) more.push([other.codePointAt(0), other.codePointAt(0)]);
      }
    }
    return [...ranges, ...more];
  }
}

// States: { kind: "set", ranges, next } | { kind: "fork", next, other } | { kind: "start" | "end" | "edge" | "noedge", next } | { kind: "match" }
class Builder {
  constructor() {
    this.states = [];
  }
  add(state) {
    if (this.states.length >= STATES_MAX) refuse("It repeats too much to be followed; use smaller numbers in { }.");
    return this.states.push(state) - 1;
  }
  // Adds what `tree` means in front of state `next`; returns where it begins.
  build(tree, next) {
    switch (tree.type) {
      case "set": return this.add({ kind: "set", ranges: tree.ranges, next });
      case "seq": return tree.parts.reduceRight((after, part) => this.build(part, after), next);
      case "or": return tree.parts.map((part) => this.build(part, next)).reduce((a, b) => this.add({ kind: "fork", next: a, other: b }));
      case "repeat": return this.repeat(tree, next);
      case "edge": return this.add({ kind: tree.inside ? "noedge" : "edge", next });
      default: return this.add({ kind: tree.type, next });
    }
  }
  repeat({ part, least, most }, next) {
    let after = next;
    if (most === Infinity) {
      after = this.add({ kind: "fork", next: -1, other: next });
      this.states[after].next = this.build(part, after);
    } else {
      for (let i = least; i < most; i++) after = this.add({ kind: "fork", next: this.build(part, after), other: next });
    }
    for (let i = 0; i < least; i++) {
      const before = this.build(part, after);
      if (before === after) break; // takes no letter, however often: ((){9999}){9999} would be built for hours
      after = before;
    }
    return after;
  }
}

const isWord = (code) => code >= 0 && CLASSES.w.some(([from, to]) => code >= from && code <= to);

// Follows all states at once. A set stands between two letters; what it opens into depends on the letter before and
// the one behind (for ^ $ \b), so a set is kept with the letter before it, and its steps by the letter behind. Small sets
// are known by name, large ones only from the set before them: to name them would cost more than to make them anew.
class Machine {
  constructor(states, first) {
    Object.assign(this, { states, first, round: 0 });
    this.seen = new Float64Array(states.length); // the round a state was last met in
    this.todo = [];
    this.reset();
  }
  reset() {
    this.sets = new Map(); // "before:states" -> { states, before, steps: Map(code -> set | true | false) }
    this.kept = 0;
  }
  set(states, before) {
    const word = before < 0 ? 2 : isWord(before) ? 1 : 0;
    const name = states.length <= NAMED_MAX ? `${word}:${states.join()}` : "";
    let kept = name && this.sets.get(name);
    if (!kept) {
      this.kept += states.length + SET_COST;
      if (this.kept > KEPT_MAX) this.reset();
      kept = { states, before, steps: new Map() };
      if (name) this.sets.set(name, kept);
    }
    return kept;
  }
  // All states with letters that are reached without one, in order; null when the match is among them.
  open(states, before, behind) {
    const opened = [];
    const { todo, seen } = this;
    const round = ++this.round;
    const edge = isWord(before) !== isWord(behind);
    todo.length = 0;
    todo.push(...states, this.first);
    while (todo.length) {
      const at = todo.pop();
      if (seen[at] === round) continue;
      seen[at] = round;
      const state = this.states[at];
      if (state.kind === "match") return null;
      if (state.kind === "set") opened.push(state);
      else if (state.kind === "fork") todo.push(state.next, state.other);
      else if (state.kind === "start" ? before < 0 : state.kind === "end" ? behind < 0 : state.kind === "edge" ? edge : state.kind === "noedge" && !edge)
        todo.push(state.next);
    }
    return opened;
  }
  // The set behind letter `code` (-1: the end); true = matched.
  step(set, code) {
    const opened = this.open(set.states, set.before, code);
    if (opened === null) return true;
    if (code < 0) return false;
    const next = [];
    const round = ++this.round;
    for (const state of opened) {
      if (this.seen[state.next] === round || !state.ranges.some(([from, to]) => code >= from && code <= to)) continue;
      this.seen[state.next] = round;
      next.push(state.next);
    }
    if (next.length <= NAMED_MAX) next.sort((a, b) => a - b);
    return this.set(next, code);
  }
  test(text) {
    let set = this.set([], -1);
    for (let i = 0; ; ) {
      const code = i < text.length ? text.codePointAt(i) : -1;
      let next = set.steps.get(code);
      if (next === undefined) {
        next = this.step(set, code);
        set.steps.set(code, next);
        this.kept += STEP_COST;
      }
      if (next === true || next === false) return next;
      set = next;
      i += code > 0xffff ? 2 : 1;
    }
  }
}

// { test(string) } or { error: sentence }.
export function compileRegexp(text) {
  try {
    const tree = new Parser(text).whole();
    const builder = new Builder();
    const machine = new Machine(builder.states, builder.build(tree, builder.add({ kind: "match" })));
    return { test: (name) => machine.test(name) };
  } catch (error) {
    if (error instanceof Refusal) return { error: error.message };
    throw error;
  }
}
