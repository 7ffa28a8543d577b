// Flame graphs made for tests: an encoder of application/vnd.stet.flame, a builder from folded stacks, and trees of any
// size that are the same every time.

const CATEGORIES = [
  ["app", "managed", "your code"], ["dep", "managed", "dependencies"], ["stdlib", "managed", "standard library"],
  ["vm", "runtime", "interpreter"], ["gc", "runtime", "garbage collection"], ["serde", "serde", "encoding and decoding"],
  ["native", "native", "other native libraries"], ["k_net", "kernel", "kernel, network"], ["spin", "spin", "spinning"],
  ["w_db", "wait", "waiting for a database"], ["w_lock", "internal_wait", "waiting for a lock"],
  ["idle_loop", "idle", "event loop idle"], ["unknown", "meta", "without a name"],
].map(([name, cls, words]) => ({ name, class: cls, words, share: null, addressable_lo: 0, addressable_hi: 1 }));

function record(type, ...runs) {
  const parts = [];
  let length = 0;
  for (const run of runs) {
    const bytes = run instanceof Uint8Array ? run : new Uint8Array(run.buffer, run.byteOffset, run.byteLength);
    parts.push([length, bytes]);
    length += bytes.length;
    if (run !== runs.at(-1)) length = (length + 3) & ~3;
  }
  const out = new Uint8Array(8 + Math.ceil(length / 8) * 8);
  new DataView(out.buffer).setUint32(0, type, true);
  new DataView(out.buffer).setUint32(4, length, true);
  for (const [at, bytes] of parts) out.set(bytes, 8 + at);
  return out;
}

const u32 = (...numbers) => Uint32Array.from(numbers);
const utf8 = new TextEncoder();

// model: { head?, strings, frames: { func, file, module, line, kind }, nodes: { parent, frame, total: [..], category, rule },
//          rows: { node, thread, value: [..], category, rule }, order?, sets, threads }, arrays of any kind
export function encodeFlame(model, { block = 65536 } = {}) {
  const { strings, frames, nodes, rows, order } = model;
  const count = nodes.parent.length;
  const head = {
    schema: "stet/flame/1", id: "x1", name: "sample.folded", project: "p", run: "r", revision: 1, nodes: count,
    frames: frames.func.length, strings: strings.length, rows: rows.node.length, sets: model.sets, threads: model.threads,
    columns: [{ event: "cpu", unit: "samples", clock: "cpu", total: model.sets[0].total, is_time: true }], column: 0,
    unit: "samples", seconds_per_unit: 0.01, clock: "cpu", sees_wait: false, samples: 100, neff: null, whole: null,
    categories: CATEGORIES, rules: [], order: order ? { count: order.row.length, thinned: false, unit: "samples" } : null,
    merge: "function", dropped_share: null, overrides: false, ...model.head,
  };
  const parts = [record(1, utf8.encode(JSON.stringify(head)))];
  const texts = strings.map((text) => utf8.encode(text));
  const offset = new Uint32Array(strings.length + 1);
  texts.forEach((bytes, i) => (offset[i + 1] = offset[i] + bytes.length));
  const all = new Uint8Array(offset.at(-1));
  texts.forEach((bytes, i) => all.set(bytes, offset[i]));
  parts.push(record(2, u32(strings.length), offset, all));
  const wide = (list) => Uint32Array.from(list);
  parts.push(record(3, wide(frames.func), wide(frames.file), wide(frames.module), wide(frames.line), Uint8Array.from(frames.kind)));
  for (let at = 0; at < count; at += block) {
    const cut = (list, Type) => Type.from(list.slice(at, at + block));
    parts.push(record(4, u32(at, Math.min(block, count - at)), cut(nodes.parent, Uint32Array), cut(nodes.frame, Uint32Array),
      ...nodes.total.map((total) => cut(total, Float32Array)), cut(nodes.rule, Uint16Array), cut(nodes.category, Uint8Array)));
  }
  for (let at = 0; at < rows.node.length; at += block) {
    const cut = (list, Type) => Type.from(list.slice(at, at + block));
    parts.push(record(5, u32(at, Math.min(block, rows.node.length - at)), cut(rows.node, Uint32Array), cut(rows.thread, Uint32Array),
      ...rows.value.map((value) => cut(value, Float32Array)), cut(rows.rule, Uint16Array), cut(rows.category, Uint8Array)));
  }
  if (order) parts.push(record(6, u32(order.row.length), wide(order.row), Float32Array.from(order.weight)));
  parts.push(record(7));
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (out.set(part, at), at + part.length), 0);
  return out;
}

// Nodes sorted as the service sorts them: heaviest first, parents before children.
function sorted(nodes, rows) {
  const count = nodes.parent.length;
  const weight = (n) => Math.max(...nodes.total.map((total) => total[n]));
  const depth = new Uint32Array(count);
  for (let n = 1; n < count; n++) depth[n] = depth[nodes.parent[n]] + 1;
  const by = Uint32Array.from(depth.keys()).sort((a, b) => (a === 0 ? -1 : b === 0 ? 1 : weight(b) - weight(a) || depth[a] - depth[b] || a - b));
  const now = new Uint32Array(count);
  by.forEach((was, n) => (now[was] = n));
  const pick = (list) => Array.from(by, (n) => list[n]);
  return [
    { parent: pick(nodes.parent).map((p) => now[p]), frame: pick(nodes.frame), total: nodes.total.map(pick), category: pick(nodes.category), rule: pick(nodes.rule) },
    { ...rows, node: rows.node.map((n) => now[n]) },
  ];
}

// stacks: ["main;work;json 5"], or with two sets "main;work 5 7"; a frame is name, name@module or name@module#category;
// a stack may begin with "[thread 2] ". options.order: true keeps the stacks' order as the order of time; bare: functions
// without time of their own have no category.
export function fromFolded(stacks, options = {}) {
  const { sets: setCount = 1, order = false, head = {}, block, bare = false } = options;
  const strings = [""];
  const ids = new Map([["", 0]]);
  const text = (value) => {
    if (!ids.has(value)) ids.set(value, strings.push(value) - 1);
    return ids.get(value);
  };
  const frames = { func: [0], file: [0], module: [0], line: [0], kind: [0] }; // the root's has no names
  const frameIds = new Map();
  const nodes = { parent: [0], frame: [0], total: Array.from({ length: setCount }, () => [0]), category: [255], rule: [65535] };
  const children = new Map();
  const rows = { node: [], thread: [], value: Array.from({ length: setCount }, () => []), category: [], rule: [] };
  const rowIds = new Map();
  const time = { row: [], weight: [] };
  let threads = 1;
  for (const stack of stacks) {
    const [, threadText, path, numbers] = stack.match(/^(?:\[thread (\d+)\] )?(.*?)((?: [\d.]+)+)$/s);
    const weights = numbers.trim().split(" ").map(Number);
    const thread = Number(threadText ?? 0);
    threads = Math.max(threads, thread + 1);
    let node = 0;
    let category = 12;
    nodes.total.forEach((total, set) => (total[0] += weights[set]));
    for (const part of path.split(";")) {
      const [, name, module, kind] = part.match(/^(.*?)(?:@([^#]*))?(?:#(\w+))?$/s);
      const frameName = `${name}@${module ?? ""}`;
      if (!frameIds.has(frameName)) {
        frameIds.set(frameName, frames.func.push(text(name)) - 1);
        frames.module.push(text(module ?? ""));
        frames.file.push(text(options.files?.[name] ?? ""));
        frames.line.push(options.lines?.[name] ?? 0);
        frames.kind.push(0);
      }
      const frame = frameIds.get(frameName);
      const child = `${node}/${frame}`;
      category = Math.max(0, CATEGORIES.findIndex((c) => c.name === (kind ?? "app")));
      if (!children.has(child)) {
        children.set(child, nodes.parent.push(node) - 1);
        nodes.frame.push(frame);
        nodes.total.forEach((total) => total.push(0));
        nodes.category.push(bare ? 255 : category);
        nodes.rule.push(65535);
      }
      node = children.get(child);
      nodes.total.forEach((total, set) => (total[node] += weights[set]));
    }
    const row = `${node}/${thread}/${category}`;
    if (!rowIds.has(row)) {
      rowIds.set(row, rows.node.push(node) - 1);
      rows.thread.push(thread);
      rows.category.push(category);
      rows.rule.push(65535);
      rows.value.forEach((value) => value.push(0));
    }
    nodes.category[node] = category;
    rows.value.forEach((value, set) => (value[rowIds.get(row)] += weights[set]));
    time.row.push(rowIds.get(row));
    time.weight.push(weights[0]);
  }
  const [sortedNodes, sortedRows] = sorted(nodes, rows);
  return encodeFlame({
    strings, frames, nodes: sortedNodes, rows: sortedRows, order: order ? time : null, head,
    sets: nodes.total.map((total, set) => ({ id: `x${set}`, name: setCount === 1 ? "all" : ["before", "after"][set], total: total[0] })),
    threads: Array.from({ length: threads }, (_, i) => ({ name: `worker-${i}`, process: "app", tid: 100 + i, total: 0 })),
  }, { block });
}

// mulberry32: the same numbers every time.
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// A tree of `count` nodes with the shape of a profile: few heavy paths, very many light ones, `functions` names.
export function synthetic(count, { functions = 5000, threads = 8, depth = 60, entries = 0, sets = 1, seed = 7 } = {}) {
  const random = randomFrom(seed);
  const nodes = { parent: new Uint32Array(count), frame: new Uint32Array(count), category: new Uint8Array(count), rule: new Uint16Array(count).fill(65535) };
  const self = Array.from({ length: sets }, () => new Float64Array(count));
  const level = new Uint32Array(count);
  nodes.frame[0] = 0;
  nodes.category[0] = 255;
  for (let n = 1; n < count; n++) {
    // Mostly below a node made lately (deep paths), sometimes below an early one (wide fans).
    let p = random() < 0.75 ? n - 1 - Math.floor(random() * Math.min(n, 12)) : Math.floor(random() * random() * n);
    if (p < 0 || level[p] >= depth - 1) p = Math.floor(random() * Math.min(n, 50));
    nodes.parent[n] = p;
    level[n] = level[p] + 1;
    const f = Math.floor(functions * random() ** 3);
    nodes.frame[n] = f + 1;
    nodes.category[n] = f % CATEGORIES.length;
    for (const set of self) set[n] = random() ** 8 * 100 + 0.01;
  }
  const total = self.map((own) => {
    const sums = Float64Array.from(own);
    for (let n = count - 1; n > 0; n--) sums[nodes.parent[n]] += sums[n];
    return sums;
  });
  const rank = Uint32Array.from(level.keys());
  const weight = (n) => (sets === 1 ? total[0][n] : Math.max(total[0][n], total[1][n]));
  rank.sort((a, b) => weight(b) - weight(a) || level[a] - level[b] || a - b);
  const now = new Uint32Array(count);
  rank.forEach((was, n) => (now[was] = n));
  const pick = (list) => list.constructor.from(rank, (n) => list[n]);
  const strings = [""];
  for (let f = 0; f < functions; f++) strings.push(`package.module_${f % 97}.function_${f}`);
  const modules = 60;
  for (let m = 0; m < modules; m++) strings.push(`lib/module_${m}.so`);
  const numbers = Array.from({ length: functions }, (_, f) => f);
  const named = (of) => [0, ...numbers.map(of)]; // frame 0 is the root's
  const rowNode = numbers.length ? Uint32Array.from({ length: count - 1 }, (_, i) => i + 1) : new Uint32Array(0);
  const value = self.map((own) => Float32Array.from(rowNode, (n) => own[rank[n]]));
  const frame = pick(nodes.frame);
  const category = pick(nodes.category);
  const order = entries ? { row: Uint32Array.from({ length: entries }, () => Math.floor(random() * (count - 1))), weight: new Float32Array(entries).fill(1) } : null;
  return encodeFlame({
    strings,
    frames: { func: named((f) => f + 1), file: named(() => 0), module: named((f) => functions + 1 + (f % modules)), line: named((f) => f % 300), kind: named(() => 0) },
    nodes: { parent: Uint32Array.from(pick(nodes.parent), (p) => now[p]), frame, total: total.map(pick), category, rule: pick(nodes.rule) },
    rows: { node: rowNode, thread: Uint32Array.from(rowNode, (n) => n % threads), value, category: Uint8Array.from(rowNode, (n) => category[n]), rule: new Uint16Array(rowNode.length).fill(65535) },
    order,
    sets: total.map((sums, set) => ({ id: `x${set}`, name: sets === 1 ? "all" : ["before", "after"][set], total: sums[0] })),
    threads: Array.from({ length: threads }, (_, i) => ({ name: `worker-${i}`, process: "app", tid: 100 + i, total: 0 })),
  });
}
