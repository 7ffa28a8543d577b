// The flame graph without a browser: reading, trees against a slow and plain reckoning, searching, which boxes a window
// holds, contrast.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { BoxList, boxAround, deepestIn, windowBoxes } from "../../web/static/flame/boxes.js";
import { contrast, inkOn, makeTheme, patternOf } from "../../web/static/flame/colours.js";
import { FlameReader, NONE } from "../../web/static/flame/data.js";
import { compile, matchKeys } from "../../web/static/flame/match.js";
import { paintOf } from "../../web/static/flame/paint.js";
import { changeOf, makeStyles, threadsOfBoxes } from "../../web/static/flame/styles.js";
import { lastPart, showable } from "../../web/static/flame/text.js";
import { buildTree, walkTree } from "../../web/static/flame/tree.js";
import { fromFolded, randomFrom, synthetic } from "./flame_fixture.mjs";

function read(bytes, piece = bytes.length, options = {}) {
  const reader = new FlameReader(options);
  for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece));
  return reader.finish();
}
const folded = (stacks, options) => read(fromFolded(stacks, options));
const near = (a, b, what) => assert.ok(Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b)), `${what ?? ""} ${a} is not ${b}`);

// "a;b;c" -> [total, self] of each path of a tree.
function paths(tree) {
  const all = new Map();
  for (let n = 0; n < tree.count; n++)
    all.set(tree.frames(n).map((frame) => tree.data.name(frame)).join(";"), [tree.total[n], tree.self[n]].map((v) => Math.round(v * 1e6) / 1e6));
  return all;
}

function checkInvariants(tree) {
  const { count, parent, firstChild, childCount, depth, x, total, self, levels } = tree;
  for (let n = 0; n < count; n++) {
    let sum = self[n];
    for (let c = firstChild[n]; c < firstChild[n] + childCount[n]; c++) {
      assert.equal(parent[c], n);
      assert.equal(depth[c], depth[n] + 1);
      assert.ok(x[c] >= x[n] - 1e-9 * total[0] && x[c] + total[c] <= x[n] + total[n] + 1e-9 * total[0], "a child stands beside its parent");
      sum += total[c];
    }
    near(sum, total[n], "self and children");
    assert.ok(n >= levels[depth[n]] && n < levels[depth[n] + 1]);
    if (n > 0 && depth[n] === depth[n - 1]) assert.ok(x[n] >= x[n - 1] + total[n - 1] - 1e-9 * total[0], "boxes of a row overlap");
  }
  assert.ok(tree.whole >= tree.weight);
}

// The same transforms on plain stacks: [[names], weight].
const plain = {
  focus: (stacks, key) => stacks.flatMap(([names, w]) => (names.includes(key) ? [[names.slice(names.indexOf(key)), w]] : [])),
  hide: (stacks, key) => stacks.filter(([names]) => !names.includes(key)),
  merge: (stacks, key) => stacks.map(([names, w]) => [names.filter((name) => name !== key), w]),
  collapse: (stacks, key) => stacks.map(([names, w]) => {
    const from = names.indexOf(key);
    const to = names.lastIndexOf(key);
    if (from < 0) return [names, w];
    return [[...names.slice(0, from + 1), ...names.slice(to + 1)], w];
  }),
  callers: (stacks, key) => stacks.flatMap(([names, w]) => (names.includes(key) ? [[names.slice(0, names.indexOf(key)).reverse(), w]] : [])),
  callees: (stacks, key) => plain.focus(stacks, key).map(([names, w]) => [names.slice(1), w]),
};
function plainPaths(stacks) {
  const all = new Map([["", [0, 0]]]);
  for (const [names, weight] of stacks)
    for (let i = 0; i <= names.length; i++) {
      const path = names.slice(0, i).join(";");
      const [total, self] = all.get(path) ?? [0, 0];
      all.set(path, [total + weight, self + (i === names.length ? weight : 0)]);
    }
  return all;
}

const STACKS = ["main;work;json 5", "main;work 2", "main;work;work;json 1", "main;idle 4", "main;work;json;work;json 3", "json 2"];
const split = (stacks) => stacks.map((stack) => [stack.split(" ")[0].split(";"), Number(stack.split(" ")[1])]);

test("the bytes may come in any pieces, and a first picture before the end", () => {
  const bytes = synthetic(3000, { entries: 500 });
  const whole = read(bytes);
  assert.equal(whole.nodes.count, 3000);
  assert.equal(whole.complete, true);
  for (const piece of [1, 7, 4096]) {
    const data = read(bytes, piece);
    assert.deepEqual(data.nodes, whole.nodes);
    assert.deepEqual(data.rows, whole.rows);
    assert.deepEqual(data.order, whole.order);
  }
  assert.ok(whole.bytes > 3000 * 15 && whole.bytes < bytes.length * 1.5);

  const blocks = fromFolded(STACKS, { block: 4 });
  let early = null;
  read(blocks, 64, { onHead: (head) => assert.equal(head.nodes, 10), onBlock: (data) => (early = buildTree(data, { threads: new Set([99]) })) });
  assert.equal(early.partial, true);
  assert.equal(early.count, 4);
  checkInvariants(early);
  assert.equal(early.weight, 17);
});

test("what is cut short, broken or of another kind is refused in a sentence", () => {
  const bytes = fromFolded(STACKS);
  for (let length = 0; length < bytes.length; length += 5)
    assert.throws(() => read(bytes.subarray(0, length)), /cut short: it broke off after \d+ bytes/);
  const view = (at, value) => {
    const changed = bytes.slice();
    new DataView(changed.buffer).setUint32(at, value, true);
    return () => read(changed);
  };
  assert.throws(view(0, 77), /broken: a record of unknown type 77/);
  assert.throws(view(0, 4), /broken: it does not begin with its head/);
  assert.throws(() => read(new TextEncoder().encode("<!doctype html><title>no</title>")), /broken/);
  assert.throws(() => read(Uint8Array.from([...bytes, 1, 0, 0, 0, 0, 0, 0, 0])), /broken: there are bytes behind its end/);
  assert.throws(() => fromFoldedWith({ schema: "stet/flame/9" }), /schema stet\/flame\/9/);
  assert.throws(() => fromFoldedWith({ nodes: 1e12 }), /announces 1000000000000 nodes/);
  assert.throws(() => fromFoldedWith({ nodes: 99 }), /10 of 99 nodes came/);
  // Any single number may be wrong: it is refused or read, and a tree can be made of what was read.
  const random = randomFrom(3);
  for (let i = 0; i < 400; i++) {
    const changed = bytes.slice();
    changed[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    try {
      const tree = buildTree(read(changed), { order: "time" });
      assert.ok(tree.count >= 1);
    } catch (error) {
      assert.match(error.message, /broken|cut short|\bJSON\b/);
    }
  }
  function fromFoldedWith(head) {
    return read(fromFolded(STACKS, { head }));
  }
});

test("totals count recursion once and are never more than the whole", () => {
  const data = folded(STACKS);
  const tree = buildTree(data);
  checkInvariants(tree);
  assert.deepEqual(paths(tree), plainPaths(split(STACKS)));
  const { totals } = tree;
  const of = (name) => {
    const i = totals.key.indexOf(data.findKey(name));
    return [totals.self[i], totals.total[i]];
  };
  assert.deepEqual(of("work"), [2, 11]);
  assert.deepEqual(of("json"), [11, 11]);
  assert.deepEqual(of("main"), [0, 15]);
  assert.ok(totals.total.every((total) => total <= tree.weight));
  assert.equal(totals.self.reduce((a, b) => a + b), 17);
  assert.equal(totals.count, 4);
});

test("each transform, alone and one upon the other, gives what plain stacks give", () => {
  const random = randomFrom(11);
  const names = ["a", "b", "c", "d", "e"];
  for (let round = 0; round < 120; round++) {
    const stacks = Array.from({ length: 12 }, () =>
      `${Array.from({ length: 1 + Math.floor(random() * 7) }, () => names[Math.floor(random() * names.length)]).join(";")} ${1 + Math.floor(random() * 9)}`);
    const data = folded(stacks);
    let expected = split(stacks);
    const transforms = [];
    for (let i = Math.floor(random() * 4); i > 0; i--) {
      const op = ["focus", "hide", "merge", "collapse"][Math.floor(random() * 4)];
      const name = names[Math.floor(random() * names.length)];
      transforms.push({ op, key: data.findKey(name) });
      if (data.findKey(name) !== NONE) expected = plain[op](expected, name);
      else transforms.pop();
    }
    const tree = buildTree(data, { transforms, order: round % 2 ? "name" : "heavy" });
    checkInvariants(tree);
    assert.deepEqual(sorted(paths(tree)), sorted(plainPaths(expected)), `${stacks} ${JSON.stringify(transforms)}`);
    const of = names[round % names.length];
    const key = data.findKey(of);
    for (const [member, kind] of [["callersOf", "callers"], ["calleesOf", "callees"]]) {
      if (key === NONE) continue;
      const sandwich = buildTree(data, { transforms, [member]: key });
      checkInvariants(sandwich);
      assert.deepEqual(sorted(paths(sandwich)), sorted(plainPaths(plain[kind](expected, of))), `${kind} of ${of} in ${stacks}`);
    }
  }
  function sorted(map) {
    return [...map].filter(([path, [total]]) => total > 0 || path === "").sort();
  }
});

test("collapsing without a function takes direct recursion of all", () => {
  const data = folded(["a;a;b;b;a 2", "a;b;b 1"]);
  assert.deepEqual(paths(buildTree(data, { transforms: [{ op: "collapse", key: null }] })), new Map([["", [3, 0]], ["a", [3, 0]], ["a;b", [3, 1]], ["a;b;a", [2, 2]]]));
  assert.throws(() => buildTree(data, { transforms: [{ op: "fold", key: 0 }] }), /no transform "fold"/);
});

test("a hidden root leaves nothing, and says how much of the whole is left", () => {
  const data = folded(["main;work 3", "main 2"]);
  const nothing = buildTree(data, { transforms: [{ op: "hide", key: data.findKey("main") }] });
  assert.equal(nothing.count, 1);
  assert.equal(nothing.weight, 0);
  assert.equal(nothing.whole, 5);
  assert.equal(nothing.totals.count, 0);
  const list = windowBoxes(new BoxList(), nothing, { from: 0, to: nothing.weight, width: 100, first: 0, last: 9 });
  assert.equal(list.count, 0);
  const some = buildTree(data, { transforms: [{ op: "hide", key: data.findKey("work") }] });
  assert.equal(some.weight, 2);
  assert.equal(some.share(0), 0.4);
  const gone = buildTree(data, { callersOf: data.findKey("nobody") });
  assert.equal(gone.count, 1);
  assert.equal(gone.weight, 0);
});

test("threads and a category alone", () => {
  const data = folded(["main;work#app 5", "[thread 1] main;work#app 2", "[thread 1] main;read#w_db 7"]);
  const one = buildTree(data, { threads: new Set([1]) });
  assert.deepEqual(paths(one), new Map([["", [9, 0]], ["main", [9, 0]], ["main;read", [7, 7]], ["main;work", [2, 2]]]));
  assert.equal(one.whole, 14);
  const waiting = buildTree(data, { category: "w_db" });
  assert.deepEqual(paths(waiting), new Map([["", [7, 0]], ["main", [7, 0]], ["main;read", [7, 7]]]));
  assert.equal(buildTree(data, { threads: new Set() }).weight, 0);
  const { most, list } = threadsOfBoxes(data, buildTree(data));
  const tree = buildTree(data);
  const threadOf = (name) => list[most[[...tree.frame].findIndex((frame) => data.name(frame) === name)]];
  assert.equal(threadOf("read"), 1);
  assert.equal(threadOf("work"), 0);

  // A function without time of its own has the colour of what it mostly led to; none where nothing has half.
  const inner = folded(["main;work#app 5", "main;read#w_db 7", "serve;read#w_db 3", "all;a#app 1", "all;b#vm 1"], { bare: true });
  const outer = buildTree(inner);
  const { entries, of, categoryOf } = makeStyles("category", inner, outer, makeTheme(() => ""));
  const drawn = (name) => entries[of([...outer.frame].findIndex((frame) => inner.name(frame) === name))];
  assert.deepEqual([drawn("main").id, drawn("main").below, drawn("read").below, drawn("all").id], ["w_db", true, undefined, null]);
  assert.equal(inner.head.categories[categoryOf(0)].name, "w_db");
});

test("in the order of time equal stretches are one box and sums stay", () => {
  const data = folded(["main;a 1", "main;a;x 1", "main;b 2", "main;a 1", "main;a 1", "[thread 1] main;b 4"], { order: true });
  const tree = buildTree(data, { order: "time" });
  checkInvariants(tree);
  const boxes = [...tree.frame.keys()].filter((n) => n > 0).map((n) => `${data.name(tree.frame[n])} ${tree.x[n]}+${tree.total[n]}`);
  assert.deepEqual(boxes, ["main 0+10", "a 0+2", "b 2+2", "a 4+2", "b 6+4", "x 1+1"]);
  const { totals } = tree;
  assert.equal(totals.total[totals.key.indexOf(data.findKey("a"))], 4);
  const one = buildTree(data, { order: "time", threads: new Set([0]), transforms: [{ op: "merge", key: data.findKey("x") }] });
  assert.deepEqual([...one.total], [6, 6, 2, 2, 2]);
  assert.equal(buildTree(folded(STACKS), { order: "time" }).order, "heavy");

  // Too many boxes: groups lose their inner order, and nothing else.
  const many = read(synthetic(2000, { entries: 5000 }));
  const exact = buildTree(many, { order: "time" });
  const grouped = buildTree(many, { order: "time", boxes: 6000 });
  assert.equal(exact.grouped, 1);
  assert.ok(grouped.grouped > 1 && grouped.count <= 6000 && exact.count > 6000);
  checkInvariants(grouped);
  near(grouped.weight, exact.weight);
  const totalOf = (t) => new Map([...t.totals.key].map((key, i) => [key, [t.totals.total[i], t.totals.self[i]]]));
  for (const [key, sums] of totalOf(exact)) sums.forEach((sum, i) => near(totalOf(grouped).get(key)[i], sum));
});

test("two sets: shares of each, what is new and what is gone, and no verdict within noise", () => {
  const stacks = ["main;old 50 0", "main;same 30 60", "main;new 0 40", "main;more 20 100"];
  const data = folded(stacks, { sets: 2, head: { neff: 400 } });
  const tree = buildTree(data, { sets: "both" });
  checkInvariants(tree);
  assert.equal(tree.whole, 1);
  near(tree.weight, 1);
  const box = (name) => [...tree.frame].findIndex((frame) => data.name(frame) === name);
  assert.equal(tree.base[box("more")], 20);
  assert.equal(tree.head[box("more")], 100);
  near(tree.change(box("more")), 0.3);
  near(tree.total[box("old")], 0.25);
  assert.equal(changeOf(data, tree, box("new")).only, "head");
  assert.equal(changeOf(data, tree, box("old")).only, "base");
  assert.equal(changeOf(data, tree, box("same")).within, true);
  assert.equal(changeOf(data, tree, box("more")).within, false);
  assert.equal(changeOf(data, tree, 0).within, true);
  const few = folded(stacks, { sets: 2, head: { neff: 4 } });
  assert.equal(changeOf(few, buildTree(few, { sets: "both" }), box("more")).within, true);
  assert.equal(buildTree(data, { sets: 0 }).weight, 100);
  assert.equal(buildTree(data, { sets: 1 }).weight, 200);
  // What has an address for a name has another one in each execution.
  const moved = folded(["0x7f01;main;a 10 0", "0x7f99;main;a 0 10", "0x7f98@libz.so;b 5 5"], { sets: 2 });
  const united = buildTree(moved, { sets: "both" });
  checkInvariants(united);
  assert.deepEqual([...united.frame].slice(1).map((frame) => moved.name(frame)), ["(address without a name)", "(address without a name)", "main", "b", "a"]);
  for (let n = 0; n < united.count; n++) assert.equal(changeOf(moved, united, n).only, null);
  assert.deepEqual(paths(buildTree(moved, { sets: 1, transforms: [{ op: "hide", key: moved.findKey("b") }] })).get("(address without a name);main;a"), [10, 10]);
  // Nothing in one of them: the other's shares alone, and no change is claimed.
  const empty = folded(["main;a 0 3", "main;b 0 1"], { sets: 2 });
  const half = buildTree(empty, { sets: "both" });
  near(half.weight, 1);
  assert.equal(half.change(0), null);
  assert.equal(changeOf(empty, half, 0), null);
});

test("names that are alike are told apart by module, and by file where there is none", () => {
  const data = folded(["run@a.so 1", "run@b.so 2", "run 3"]);
  assert.equal(data.keys.count, 4); // and the root's, which is no function
  assert.notEqual(data.findKey("run", "a.so"), data.findKey("run", "b.so"));
  assert.equal(buildTree(data).totals.count, 3);
  assert.equal(data.findKey("walk"), NONE);
});

test("stacks of 4,000 calls and 200,000 boxes in a row need no recursion", () => {
  const deep = folded([`${Array.from({ length: 4000 }, (_, i) => `f${i % 50}`).join(";")} 3`, "f0 1"], { order: true });
  for (const view of [{}, { order: "time" }, { calleesOf: deep.findKey("f7") }, { callersOf: deep.findKey("f7") }, { transforms: [{ op: "collapse", key: deep.findKey("f7") }] }]) {
    const tree = buildTree(deep, view);
    checkInvariants(tree);
    let seen = 0;
    walkTree(tree, () => seen++, () => {});
    assert.equal(seen, tree.count);
    assert.ok(tree.totals.total.every((total) => total <= tree.weight));
  }
  assert.equal(buildTree(deep).maxDepth, 4000);
  // Callers of very many deep stacks stop in time; what is left is named and stays with the function.
  const cut = buildTree(read(synthetic(20000, { functions: 40 })), { callersOf: 3, steps: 100 });
  checkInvariants(cut);
  assert.ok(cut.cut > 0 && cut.cut < cut.weight);
});

test("a window's boxes: bounded by its pixels, narrow ones in strips, found again under a point", () => {
  const data = read(synthetic(50000));
  const tree = buildTree(data);
  const list = windowBoxes(new BoxList(), tree, { from: 0, to: tree.weight, width: 500, first: 0, last: tree.maxDepth });
  assert.ok(list.count <= (tree.maxDepth + 1) * 1000);
  let stood = 0;
  for (let i = 0; i < list.count; i++) {
    stood += list.isStrip(i) ? list.span[i] : 1;
    assert.ok(list.left[i] >= 0 && list.right[i] <= 500 && list.right[i] >= list.left[i]);
  }
  // All are drawn or stand in a strip, but for the last that are less than a millionth of a pixel wide.
  assert.ok(stood <= tree.count && stood > tree.count - 10, `${stood} of ${tree.count}`);
  for (let i = 0; i < list.count; i += 97) {
    const n = list.node[i];
    const middle = (list.left[i] + list.right[i]) / 2;
    if (!list.isStrip(i)) assert.equal(list.node[list.at(tree.depth[n], middle)], n);
  }
  assert.equal(list.at(0, 600), -1);
  assert.equal(list.at(9999, 5), -1);
  const n = tree.firstChild[tree.firstChild[0] + 3];
  assert.equal(boxAround(tree, tree.x[n], tree.x[n] + tree.total[n]), deepestSame(tree, n));
  assert.ok(deepestIn(tree, tree.x[n], tree.x[n] + tree.total[n]) < tree.maxDepth);
  function deepestSame(t, at) {
    while (t.childCount[at] && t.total[t.firstChild[at]] >= t.total[at] * (1 - 1e-9)) at = t.firstChild[at];
    return at;
  }
});

test("a box is found again in another tree by its frames", () => {
  const data = folded(STACKS);
  const tree = buildTree(data);
  const n = [...tree.depth].indexOf(3);
  const other = buildTree(data, { order: "name" });
  assert.deepEqual(other.frames(other.find(tree.frames(n))), tree.frames(n));
  const less = buildTree(data, { transforms: [{ op: "hide", key: data.findKey("json") }] });
  assert.equal(less.find(tree.frames(n)) > 0, true);
});

test("searching: text, globs as the service reads them, expressions in bounded time", () => {
  const hits = (text, kind, names) => names.filter((name) => compile(text, kind).test(name));
  assert.deepEqual(hits("json", "text", ["JSON.parse", "to_json", "xml"]), ["JSON.parse", "to_json"]);
  assert.deepEqual(hits("JSON", "text", ["JSON.parse", "to_json"]), ["JSON.parse"]);
  assert.deepEqual(hits("a.c", "text", ["a.c", "abc"]), ["a.c"]);
  for (const [glob, text, yes] of [
    ["json*", "json.loads", true], ["json*", "a json", false], ["*json*", "a json b", true], ["j?on", "json", true], ["j?on", "jon", false],
    ["*", "", true], ["", "", null], ["a*b*c", "aXbYbZc", true], ["a*b*c", "acb", false], ["[ab]", "a", false], ["[ab]", "[ab]", true],
    ["A*", "abc", false], ["a**c", "abc", true], ["?", "ä", true], ["?", "😀", true], ["*.py", "x.pyc", false], ["a\\*", "a\\b", true],
  ]) {
    const made = compile(glob, "glob");
    if (yes === null) assert.match(made.error, /Nothing/);
    else assert.equal(made.test(text), yes, `${glob} on ${text}`);
  }
  const slow = compile(`${"*a".repeat(140)}*b`, "glob");
  assert.equal(slow.test("a".repeat(2000)), false);
  assert.match(compile("x".repeat(301), "text").error, /300 letters at most; this one has 301/);
});

test("expressions: as the language's own, where both understand them", () => {
  const texts = ["", "a", "ab", "abc", "aab", "json.loads", "JSON", "foo_bar", "foo::bar", "x1y22", "a b", "<module>", "Ünï", "a\nb", "é", "aaaa", "f(x, y)", "-", "]", "a-z", "😀"];
  for (const expression of [
    "a", "^a", "b$", "^$", "a*b", "a+b", "a?b", "a|b", "(a|b)c", "(?:ab)+", "[abc]+$", "[^a]", "\\d+", "\\w+\\.\\w+", "^\\w+$", "\\bbar\\b", "\\Bar", "a{2}", "a{2,}", "a{1,2}b", "x\\dy\\d\\d",
    "[a-c]{2}", ".", "^.$", "a.b", "[\\w.]+s$", "\\(x", "\\u0061b", "\\x61", "^(a|ab)(c|bcd)?$", "[]a]", "[a\\-z]", "a|", "()", "(^a|b$)", "\\s", "\\S\\s\\S", "[^\\w]", "a*?b", "{", "a{", "a{x}", "(?<n>a)b",
  ]) {
    const made = compile(expression, "regexp");
    assert.equal(made.error, undefined, `${expression}: ${made.error}`);
    if (expression === "[]a]") continue; // in JavaScript [] is empty; elsewhere ] may stand first
    const own = new RegExp(expression, /[{]$|x}$/.test(expression) ? "" : "u");
    for (const text of texts) assert.equal(made.test(text), own.test(text), `${expression} on ${JSON.stringify(text)}`);
  }
  assert.equal(compile("(?i)json", "regexp").test("JSON"), true);
  assert.equal(compile("json", "regexp").test("JSON"), false);
  for (const [expression, why] of [["(", /without its \)/], [")", /without its \(/], ["[a", /without its \]/], ["*a", /nothing before \*/], ["(?=a)", /ahead or back/], ["(?<!a)b", /ahead or back/], ["(a)\\1", /back to a group/], ["a{3,1}", /out of order/], ["\\", /ends in a backslash/], ["[z-a]", /out of order/], ["\\p", /\\p is not understood/], ["((a{90}){90}){90}", /repeats too much/], ["(".repeat(60), /deep/]])
    assert.match(compile(expression, "regexp").error, why, expression);
  // What makes a backtracking engine run for years.
  const long = `${"a".repeat(1900)}!`;
  for (const expression of ["(a+)+$", "(a|a)*b", "(a*)*b", "(.*a){20}x", "^(([a-z])+.)+[A-Z]([a-z])+$", "a*a*a*a*a*a*b", "(a|aa)+$", ".{0,2000}b"]) assert.equal(compile(expression, "regexp").test(long), false, expression);
  // What would be built for years, although nothing of it takes a letter.
  for (const expression of [`${"(".repeat(7)}a?${"){0}".repeat(7)}`, `${"(".repeat(8)}${"){9999}".repeat(8)}`, `${"(".repeat(40)}${")*".repeat(40)}`]) assert.equal(compile(expression, "regexp").test(long), true, expression);
});

test("a search looks at each function once, by name, file and module", () => {
  const data = folded(["main;loads@_json.so 5", "main;loads@other.so 1", "main;main;loads@_json.so 2"], { files: { main: "/srv/app/main.py" } });
  const found = (text, kind) => [...matchKeys(data, compile(text, kind))].flatMap((yes, key) => (yes ? [data.name(data.frameOfKey(key))] : []));
  assert.deepEqual(found("loads", "text"), ["loads", "loads"]);
  assert.deepEqual(found("_json.so", "glob"), ["loads"]);
  assert.deepEqual(found("main (main.py)", "glob"), ["main"]);
  assert.deepEqual(found("main (/srv/*)", "glob"), ["main"]);
  assert.deepEqual(found("*.py", "glob"), ["main"]);
  let asked = 0;
  matchKeys(data, () => (asked++, false));
  assert.ok(asked <= 7, `${asked} names were looked at`);
});

test("what cannot be seen, or turns the line round, is written out", () => {
  assert.equal(showable("safe\u202egnp.exe"), "safe<U+202E>gnp.exe");
  assert.equal(showable("a\u0000b\u001b[31m\u0085"), "a<U+0000>b<U+001B>[31m<U+0085>");
  assert.equal(showable("a\tb\nc"), "a b c");
  assert.equal(showable("\u2066x\u2069\ufeff\u200b"), "<U+2066>x<U+2069><U+FEFF><U+200B>");
  assert.equal(showable("\ud800x"), "<U+D800>x");
  assert.equal(showable("größe 大きさ 😀 <b>"), "größe 大きさ 😀 <b>");
  const data = folded(["main;ev\u202eil 1"], { head: { name: "x\u202ey" } });
  const tree = buildTree(data);
  assert.equal(data.name(tree.frame[2]), "ev<U+202E>il");
  assert.equal(data.name(tree.frame[0]), "x<U+202E>y");
  assert.equal(data.text(data.frames.func[tree.frame[2]]), "ev\u202eil");
  for (const [whole, part] of [["http.(*conn).serve", "serve"], ["std::map<a::b>::at(c::d)", "at(c::d)"], ["a.b.c", "c"], ["main", "main"], ["void f(x::y)", "void f(x::y)"], ["<module>", "<module>"], ["a.b.", "a.b."]]) assert.equal(lastPart(whole), part);
});

test("text on a box has a contrast of 4.5 in both themes, whatever the mode, standing back or not", () => {
  const light = () => "";
  const dark = (name) => ({ "--ground": "#14181d", "--managed": "#5c9fe0", "--wait": "#d99a2b", "--kernel": "#8895a5", "--idle": "#55606d", "--ink": "#e6e9ed" })[name] ?? "";
  const stacks = Array.from({ length: 60 }, (_, i) => `[thread ${i % 12}] f${i}@lib${i}.so#${["app", "vm", "serde", "native", "k_net", "spin", "w_db", "w_lock", "idle_loop", "unknown"][i % 10]} ${1 + (i % 7)} ${1 + ((i * 5) % 11)}`);
  const data = folded(stacks, { sets: 2 });
  const tree = buildTree(data, { sets: "both" });
  for (const read of [light, dark]) {
    const theme = makeTheme(read);
    for (const mode of ["category", "module", "thread", "change"]) {
      const styles = makeStyles(mode, data, tree, theme);
      const entries = styles.entries.length;
      for (const entry of styles.entries)
        for (const state of [0, 1, 2, 3]) {
          const { fill, ink, stripe } = paintOf(entry, theme, state);
          assert.ok(contrast(fill, ink) >= 4.5, `${mode} ${entry.label} ${state}`);
          if (stripe && state === 0) assert.ok(contrast(stripe, inkOn(fill)) >= 4.5, `${mode} ${entry.label} stripe`);
        }
      for (let n = 0; n < tree.count; n++) assert.ok(styles.entries[styles.of(n)], `${mode} box ${n}`);
      assert.equal(styles.entries.length, entries, "a palette is whole from the start");
    }
  }
  const waiting = makeStyles("category", data, tree, makeTheme(light)).entries.find((entry) => entry.id === "w_db");
  assert.notEqual(waiting.pattern, null);
});

test("classes without a pattern are told apart with each kind of colour blindness, in both themes", () => {
  const sheet = readFileSync(new URL("../../web/static/app.css", import.meta.url), "utf8");
  const [light, dark] = [...sheet.matchAll(/:root \{([^}]*)\}/g)].map(([, rules]) => Object.fromEntries([...rules.matchAll(/(--[\w-]+):\s*(#[0-9a-f]{6})/gi)].map(([, name, value]) => [name, value])));
  // Machado, Oliveira, Fernandes 2009, severity 1, on linear light.
  const kinds = {
    none: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
  };
  const linear = (part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  const lab = (rgb, kind) => {
    const [r, g, b] = kind.map((row) => Math.min(1, Math.max(0, row.reduce((sum, factor, i) => sum + factor * linear(rgb[i]), 0))));
    const f = (t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
    const [x, y, z] = [(0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047, 0.2126 * r + 0.7152 * g + 0.0722 * b, (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883].map(f);
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
  };
  for (const variables of [light, { ...light, ...dark }]) {
    const { classes } = makeTheme((name) => variables[name] ?? "");
    const plain = Object.keys(classes).filter((name) => patternOf(name) === null);
    for (const [kind, matrix] of Object.entries(kinds))
      for (const a of plain)
        for (const b of plain.slice(plain.indexOf(a) + 1)) {
          const [p, q] = [lab(classes[a], matrix), lab(classes[b], matrix)];
          assert.ok(Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]) >= 15, `${a} and ${b}, ${kind}`);
        }
  }
});
