// Reads application/vnd.stet.flame: little-endian records `u32 type, u32 length`, payload padded to 8 bytes, as they
// arrive. Guarantees: (1) what loadFlame returns is whole and every id in it is in range, parents stand before their
// children and weights are finite and not negative; (2) anything else is an Error with one sentence; (3) numbers are
// kept in typed arrays only, whose size `bytes` states. No DOM: FlameReader takes bytes from anywhere.
import { PairTable } from "./table.js";
import { showable } from "./text.js";

export const FLAME_TYPE = "application/vnd.stet.flame";
export const NONE = 0xffffffff;
export const NO_CATEGORY = 255;
export const NO_RULE = 65535;

const RECORD = { HEAD: 1, STRS: 2, FRMS: 3, NODE: 4, ROWS: 5, ORDR: 6, DONE: 7 };
const NAMES = ["", "head", "text", "function", "node", "weight", "time order", "end"];
const LENGTH_MAX = 2 ** 31; // of one record
const COUNT_MAX = 64 * 1024 * 1024; // nodes, rows
const DEPTH_MAX = 20_000;
const ADDRESS = /^\[?0x[0-9a-f]+\]?$/i;

function broken(sentence) {
  return new Error(`The data of the flame graph is broken: ${sentence}.`);
}

// Runs of a payload, one after the other; every run of 32-bit numbers starts at a multiple of 4.
class Cursor {
  constructor(buffer, length, name) {
    Object.assign(this, { buffer, length, name, at: 0 });
  }
  take(Type, count) {
    const size = count * Type.BYTES_PER_ELEMENT;
    if (this.at + size > this.length) throw broken(`the ${this.name} record is shorter than its count says`);
    const run = new Type(this.buffer, this.at, count);
    this.at = (this.at + size + 3) & ~3;
    return run;
  }
  u32() {
    return this.take(Uint32Array, 1)[0];
  }
}

function checkBelow(ids, limit, none, what) {
  for (let i = 0; i < ids.length; i++)
    if (ids[i] >= limit && ids[i] !== none) throw broken(`${what} ${ids[i]} of ${limit} does not exist`);
}

function checkWeights(values) {
  for (let i = 0; i < values.length; i++)
    if (!(values[i] >= 0 && values[i] < Infinity)) throw broken("a weight is negative or not a number");
}

function countOf(value, what) {
  if (!Number.isInteger(value) || value < 0 || value > COUNT_MAX) throw broken(`it announces ${value} ${what}`);
  return value;
}

// What a flame graph is drawn from; see the head of tree.js for what is made of it.
export class FlameData {
  constructor(head) {
    if (head?.schema !== "stet/flame/1") throw broken(`it is of schema ${head?.schema}, and stet/flame/1 was expected`);
    if (!Array.isArray(head.sets) || head.sets.length < 1 || head.sets.length > 2)
      throw broken("it holds neither one set of weights nor two");
    const nodes = countOf(head.nodes, "nodes");
    const rows = countOf(head.rows, "weights");
    const floats = (count) => head.sets.map(() => new Float32Array(count));
    this.head = head;
    this.complete = false;
    this.rootFrame = NONE; // the frame of node 0, which is no function
    this.order = null;
    this.frames = null;
    this.keys = null;
    this.unnamed = null; // with two sets: frames that are an address alone
    this.strings = null;
    this.cache = [];
    this.shown = [];
    this.decoder = new TextDecoder();
    this.nodes = {
      count: 0,
      parent: new Uint32Array(nodes),
      frame: new Uint32Array(nodes),
      total: floats(nodes),
      category: new Uint8Array(nodes),
      rule: new Uint16Array(nodes),
    };
    this.rows = {
      count: 0,
      node: new Uint32Array(rows),
      thread: new Uint32Array(rows),
      value: floats(rows),
      category: new Uint8Array(rows),
      rule: new Uint16Array(rows),
    };
  }

  // Text of a string id as it stands in the profile; "" where there is none. For people: shownText.
  text(id) {
    if (!this.strings || id >= this.strings.count) return "";
    let text = this.cache[id];
    if (text === undefined) {
      const { offset, bytes } = this.strings;
      text = this.cache[id] = this.decoder.decode(bytes.subarray(offset[id], offset[id + 1]));
    }
    return text;
  }

  shownText(id) {
    return (this.shown[id] ??= showable(this.text(id)));
  }

  // The function that a frame belongs to: one number for each function and module (and file, where no module is known).
  keyOf(frame) {
    return frame < this.frames.count ? this.keys.of[frame] : NONE;
  }

  // Name of a frame, as it may be shown.
  name(frame) {
    if (!(frame < this.frames.count) || frame === this.rootFrame) return showable(this.head.name || "all");
    if (this.unnamed?.[frame]) return "(address without a name)";
    return this.shownText(this.frames.func[frame]) || "(no name)";
  }

  // A frame that stands for the function.
  frameOfKey(key) {
    return key < this.keys.count ? this.keys.frame[key] : NONE;
  }

  // The function of that name (and module, when given); NONE when there is none. For addresses that name a function.
  findKey(name, module = null) {
    for (let key = 0; key < this.keys.count; key++) {
      const frame = this.keys.frame[key];
      if (this.text(this.frames.func[frame]) !== name) continue;
      if (module === null || this.text(this.frames.module[frame]) === module) return key;
    }
    return NONE;
  }

  categoryIndex(name) {
    return this.head.categories.findIndex((category) => category.name === name);
  }

  // Memory held by the arrays.
  get bytes() {
    let sum = 0;
    const visit = (value) => {
      if (ArrayBuffer.isView(value)) sum += value.byteLength;
      else if (Array.isArray(value)) value.forEach(visit);
      else if (value && typeof value === "object") Object.values(value).forEach(visit);
    };
    [this.nodes, this.rows, this.frames, this.keys, this.unnamed, this.strings, this.order].forEach(visit);
    return sum;
  }
}

function readStrings(data, cursor) {
  const count = cursor.u32();
  const offset = cursor.take(Uint32Array, count + 1);
  const bytes = new Uint8Array(cursor.buffer, cursor.at, cursor.length - cursor.at);
  for (let i = 0; i < count; i++)
    if (offset[i] > offset[i + 1]) throw broken("the texts are out of order");
  if (offset[count] > bytes.length) throw broken("the texts end beyond their record");
  data.strings = { count, offset, bytes };
  data.cache = new Array(count);
  data.shown = new Array(count);
}

function readFrames(data, cursor) {
  if (!data.strings) throw broken("functions stand before their names");
  const count = countOf(data.head.frames, "functions");
  const run = () => cursor.take(Uint32Array, count);
  const frames = { count, func: run(), file: run(), module: run(), line: run(), kind: cursor.take(Uint8Array, count) };
  for (const ids of [frames.func, frames.file, frames.module]) checkBelow(ids, data.strings.count, NONE, "text");
  data.frames = frames;
  // An address means another function in each execution: of two, all addresses of a module are one function.
  if (data.head.sets.length === 2) data.unnamed = Uint8Array.from(frames.func, (id) => (ADDRESS.test(data.text(id)) ? 1 : 0));
  const of = new Uint32Array(count);
  const first = new Uint32Array(count);
  const { offset } = data.strings;
  const absent = (id) => id === NONE || offset[id] === offset[id + 1];
  const owners = new PairTable(1024); // modules, and files without one, in one row of numbers
  const table = new PairTable(count);
  let keys = 0;
  for (let frame = 0; frame < count; frame++) {
    const moduleless = absent(frames.module[frame]);
    const id = moduleless ? frames.file[frame] : frames.module[frame];
    const owner = owners.take(moduleless && absent(id) ? NONE : id, moduleless ? 1 : 0, owners.count);
    const key = table.take(data.unnamed?.[frame] ? NONE : frames.func[frame], owner, keys);
    if (key === keys) first[keys++] = frame;
    of[frame] = key;
  }
  data.keys = { count: keys, of, frame: first.slice(0, keys) };
}

function checkDepths(depths, parent, first) {
  for (let i = first === 0 ? 1 : 0; i < parent.length; i++) {
    if (parent[i] >= first + i) throw broken(`node ${first + i} stands before its parent`);
    depths[first + i] = depths[parent[i]] + 1;
    if (depths[first + i] > DEPTH_MAX) throw broken(`its stacks are deeper than ${DEPTH_MAX} calls`);
  }
}

function readNodes(data, cursor, depths) {
  if (!data.frames) throw broken("nodes stand before their functions");
  const { nodes } = data;
  const first = cursor.u32();
  const count = cursor.u32();
  if (first !== nodes.count || first + count > nodes.parent.length) throw broken("blocks of nodes are missing or doubled");
  const parent = cursor.take(Uint32Array, count);
  const frame = cursor.take(Uint32Array, count);
  checkDepths(depths, parent, first);
  checkBelow(frame, data.frames.count, NONE, "function");
  if (first === 0 && count > 0 && frame[0] < data.frames.count) {
    data.rootFrame = frame[0];
    data.keys.of[frame[0]] = NONE;
  }
  nodes.parent.set(parent, first);
  nodes.frame.set(frame, first);
  for (const total of nodes.total) {
    const run = cursor.take(Float32Array, count);
    checkWeights(run);
    total.set(run, first);
  }
  nodes.rule.set(cursor.take(Uint16Array, count), first);
  nodes.category.set(cursor.take(Uint8Array, count), first);
  nodes.count = first + count;
}

function readRows(data, cursor) {
  const { rows } = data;
  const first = cursor.u32();
  const count = cursor.u32();
  if (first !== rows.count || first + count > rows.node.length) throw broken("blocks of weights are missing or doubled");
  const node = cursor.take(Uint32Array, count);
  const thread = cursor.take(Uint32Array, count);
  checkBelow(node, data.nodes.count, -1, "node");
  checkBelow(thread, data.head.threads.length, NONE, "thread");
  rows.node.set(node, first);
  rows.thread.set(thread, first);
  for (const value of rows.value) {
    const run = cursor.take(Float32Array, count);
    checkWeights(run);
    value.set(run, first);
  }
  rows.rule.set(cursor.take(Uint16Array, count), first);
  rows.category.set(cursor.take(Uint8Array, count), first);
  rows.count = first + count;
}

function readOrder(data, cursor) {
  const count = cursor.u32();
  const order = { count, row: cursor.take(Uint32Array, count), weight: cursor.take(Float32Array, count) };
  checkBelow(order.row, data.rows.count, -1, "weight");
  checkWeights(order.weight);
  data.order = order;
}

// Takes the bytes in pieces of any size: push() each, then finish() for the data.
export class FlameReader {
  constructor({ onHead, onBlock } = {}) {
    Object.assign(this, { onHead, onBlock, data: null, done: false, received: 0 });
    this.header = new Uint8Array(8);
    this.filled = 0; // of the header, then of the payload
    this.payload = null;
    this.type = 0;
    this.length = 0;
  }

  push(piece) {
    this.received += piece.length;
    let at = 0;
    while (at < piece.length) {
      const into = this.payload ?? this.header;
      const part = piece.subarray(at, at + into.length - this.filled);
      into.set(part, this.filled);
      this.filled += part.length;
      at += part.length;
      if (this.filled < into.length) return;
      if (this.payload) this.endRecord();
      else this.beginRecord();
    }
  }

  beginRecord() {
    const view = new DataView(this.header.buffer);
    this.type = view.getUint32(0, true);
    this.length = view.getUint32(4, true);
    if (this.done) throw broken("there are bytes behind its end");
    if (this.type < RECORD.HEAD || this.type > RECORD.DONE) throw broken(`a record of unknown type ${this.type}`);
    if (!this.data !== (this.type === RECORD.HEAD)) throw broken("it does not begin with its head");
    if (this.length > LENGTH_MAX) throw broken(`a record of ${this.length} bytes`);
    this.filled = 0;
    this.payload = new Uint8Array(Math.ceil(this.length / 8) * 8);
    if (this.payload.length === 0) this.endRecord();
  }

  endRecord() {
    const { payload, type, length } = this;
    this.payload = null;
    this.filled = 0;
    const cursor = new Cursor(payload.buffer, length, NAMES[type]);
    switch (type) {
      case RECORD.HEAD: return this.begin(new TextDecoder().decode(payload.subarray(0, length)));
      case RECORD.STRS: return readStrings(this.data, cursor);
      case RECORD.FRMS: return readFrames(this.data, cursor);
      case RECORD.NODE: {
        const first = this.data.nodes.count === 0;
        readNodes(this.data, cursor, this.depths);
        if (first) this.onBlock?.(this.data);
        return undefined;
      }
      case RECORD.ROWS: return readRows(this.data, cursor);
      case RECORD.ORDR: return readOrder(this.data, cursor);
      default: return this.end();
    }
  }

  begin(text) {
    let head;
    try {
      head = JSON.parse(text);
    } catch {
      throw broken("its head is not JSON");
    }
    this.data = new FlameData(head);
    this.depths = new Uint16Array(this.data.nodes.parent.length);
    this.onHead?.(head);
  }

  end() {
    const { nodes, rows, frames } = this.data;
    if (!frames || nodes.count !== nodes.parent.length || rows.count !== rows.node.length || nodes.count === 0)
      throw broken(`${nodes.count} of ${nodes.parent.length} nodes came, and ${rows.count} of ${rows.node.length} weights`);
    this.done = true;
    this.depths = null;
    this.data.complete = true;
  }

  finish() {
    if (!this.done)
      throw new Error(`The data of the flame graph is cut short: it broke off after ${this.received} bytes. Load the page again.`);
    return this.data;
  }
}

// The sentence of an answer that is not a flame graph.
async function refusal(response) {
  let problem = null;
  try {
    problem = await response.json();
  } catch {
    problem = null; // not every answer of a proxy is a problem document
  }
  const words = [problem?.title, problem?.detail].filter((part) => typeof part === "string" && part).map(showable);
  const error = new Error(words.join(": ") || `The server answered ${response.status}.`);
  error.status = response.status;
  error.code = problem?.code ?? null;
  return error;
}

// Fetches a flame graph. onHead(head) as soon as the head is there; onBlock(data) once the heaviest nodes are, which
// draw a first picture (data.complete is false then). onBytes(count) as they come. Rejects with an Error of one sentence, or the signal's reason.
export async function loadFlame(url, { signal, onHead, onBlock, onBytes } = {}) {
  const failed = (sentence) => (error) => {
    throw signal?.aborted ? error : new Error(sentence);
  };
  const response = await fetch(url, { signal, headers: { Accept: `${FLAME_TYPE}, application/problem+json` } }).catch(
    failed("The server did not answer."),
  );
  if (!response.ok) throw await refusal(response);
  const type = response.headers.get("Content-Type") ?? "";
  if (!type.startsWith(FLAME_TYPE)) throw new Error(`The server answered with ${showable(type) || "no type"}, not with a flame graph.`);
  const reader = new FlameReader({ onHead, onBlock });
  const body = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await body.read().catch(
        failed(`The data of the flame graph is cut short: the connection broke after ${reader.received} bytes. Load the page again.`),
      );
      if (done) break;
      try {
        reader.push(value);
        onBytes?.(reader.received);
      } catch (error) {
        if (error instanceof RangeError) throw new Error("The flame graph does not fit into this browser's memory.");
        throw error;
      }
    }
    return reader.finish();
  } catch (error) {
    body.cancel().catch(() => {});
    throw error;
  }
}
