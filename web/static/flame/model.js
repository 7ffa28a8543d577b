// Names and sums over the loaded data that the picture itself does not need: functions by the hash that stands in
// addresses, paths, and what one function costs everywhere it occurs.
import { NONE } from "./data.js";
import { hashText, showable } from "./text.js";
import { isCpu, wilson } from "./words.js";

const ALIKE = 0.02; // of the CPU time

export class Model {
  constructor(data) {
    this.data = data;
    this.head = data.head;
    // Where the analysis counted shares of CPU from this very file, its samples are CPU unless a rule says otherwise.
    this.composed = data.head.categories.some((category) => category.share);
    this.takenAsCpu = data.head.clock === "cpu" || (data.head.clock === "unknown" && this.composed);
    this.hashes = [];
    this.byHash = null;
  }

  // The name as it stands in the file, for patterns and for search; name() is for reading.
  rawName(key) {
    const frame = this.data.frameOfKey(key);
    return frame === NONE ? "" : this.data.text(this.data.frames.func[frame]);
  }
  name(key) {
    return this.data.name(this.data.frameOfKey(key));
  }
  module(frame) {
    return frame < this.data.frames.count ? this.data.shownText(this.data.frames.module[frame]) : "";
  }
  file(frame) {
    return frame < this.data.frames.count ? this.data.shownText(this.data.frames.file[frame]) : "";
  }
  // "model.py:41"; "" where the file is not known.
  place(frame) {
    const file = this.file(frame);
    if (!file) return "";
    const line = this.data.frames.line[frame];
    return line > 0 ? `${file}:${line}` : file;
  }

  hashOf(key) {
    let hash = this.hashes[key];
    if (hash === undefined) {
      const frame = this.data.frameOfKey(key);
      const owner = frame === NONE ? "" : this.data.text(this.data.frames.module[frame]) || this.data.text(this.data.frames.file[frame]);
      hash = this.hashes[key] = hashText(`${this.rawName(key)}\u0000${owner}`);
    }
    return hash;
  }
  keyText(key) {
    return this.hashOf(key).toString(36);
  }
  keyOfText(text) {
    if (!text) return null;
    if (!this.byHash) {
      this.byHash = new Map();
      for (let key = 0; key < this.data.keys.count; key++) {
        const hash = this.keyText(key);
        if (!this.byHash.has(hash)) this.byHash.set(hash, key);
      }
    }
    return this.byHash.get(text) ?? null;
  }

  // The function of the same name in this profile: of the same module where that is known, else of the name alone.
  keyLike(other, key) {
    const same = this.keyOfText(other.keyText(key));
    if (same !== null) return same;
    const found = this.data.findKey(other.rawName(key));
    return found === NONE ? null : found;
  }

  nodeKey(tree, node) {
    return this.data.keyOf(tree.frame[node]);
  }
  // Boxes from below the root to this one.
  path(tree, node) {
    const path = [];
    for (let at = node; at > 0; at = tree.parent[at]) path.push(at);
    return path.reverse();
  }
  pathText(tree, node) {
    if (!node) return "";
    let hash = 7;
    for (const at of this.path(tree, node)) hash = Math.imul(hash ^ this.hashOf(this.nodeKey(tree, at)), 0x01000193);
    return (hash >>> 0).toString(36);
  }
  // The box of a path, or 0 where this picture has none.
  findPath(tree, text) {
    if (!text) return 0;
    const wanted = parseInt(text, 36) >>> 0;
    const hash = new Int32Array(tree.count);
    hash[0] = 7;
    for (let node = 1; node < tree.count; node++) {
      hash[node] = Math.imul(hash[tree.parent[node]] ^ this.hashOf(this.nodeKey(tree, node)), 0x01000193);
      if (hash[node] >>> 0 === wanted) return node;
    }
    return 0;
  }

  category(code) {
    return code === 255 || code === undefined ? null : (this.head.categories[code] ?? null);
  }
  rule(index) {
    return index === 65535 || index === undefined ? "" : showable(this.head.rules?.[index] ?? "");
  }

  // Samples worth something as independent ones; null where that is not known.
  neff(set = 0) {
    const { head } = this;
    return head.sets[set].neff ?? (set === head.sets.length - 1 ? (head.neff ?? null) : null);
  }

  // The 95 % interval of a part of this profile, or of a few threads of it, which hold as many samples as their weight
  // says. neff counts samples of CPU time: in a picture of more than that the interval is wider than it is, never
  // narrower.
  interval(part, whole, set = 0) {
    const neff = this.neff(set);
    const all = this.head.sets[set].total;
    return neff === null || !(whole > 0) || !(all > 0) ? null : wilson(part / whole, neff * Math.min(1, whole / all));
  }

  // What one function costs wherever it stands, recursion counted once; weights by category of what ran below it.
  facts(key, threads, set = 0) {
    const { nodes, rows } = this.data;
    const under = new Uint8Array(nodes.count);
    let occurrences = 0;
    let recursive = 0;
    const keys = this.data.keys.of;
    for (let node = 1; node < nodes.count; node++) {
      const inside = under[nodes.parent[node]];
      const here = keys[nodes.frame[node]] === key;
      if (here) inside ? recursive++ : occurrences++;
      under[node] = here ? 2 : inside ? 1 : 0;
    }
    const own = new Float64Array(this.head.categories.length + 1);
    const below = new Float64Array(own.length);
    const all = new Float64Array(own.length);
    const last = own.length - 1;
    const value = rows.value[set];
    for (let row = 0; row < rows.count; row++) {
      const code = Math.min(rows.category[row], last);
      all[code] += value[row];
      if (threads && !threads.has(rows.thread[row])) continue;
      const where = under[rows.node[row]];
      if (where > 0) below[code] += value[row];
      if (where === 2) own[code] += value[row];
    }
    // Shares are shares of the whole profile, whatever threads are shown: that is what a ceiling is about.
    const whole = Math.max(this.head.sets[set].total, sum(all));
    return { key, occurrences, recursive, self: sum(own), total: sum(below), whole, own, below, unnamed: this.unnamed(below), cpuWhole: this.cpuPart(all).cpu, ...this.cpuPart(below) };
  }

  // What may have been computing or waiting.
  unnamed(weights) {
    return weights[weights.length - 1] + this.head.categories.reduce((sum, category, code) => sum + (category.class === "meta" ? weights[code] : 0), 0);
  }

  // The boxes hold the CPU time that the analysis counted: no other processes, nothing that was told apart by what stands
  // in no box. Without shares of the analysis there is nothing to hold them against.
  countedAlike(set = 0) {
    const { head } = this;
    if (!this.composed || set !== head.sets.length - 1) return true;
    const weights = this.composition(null, set);
    const { cpu } = this.cpuPart(weights);
    const apart = (category, code) => Math.abs((this.countsAsCpu(category) ? weights[code] / cpu : 0) - (category.share?.est ?? 0));
    return !(cpu > 0) || head.categories.every((category, code) => category.class === "spin" || apart(category, code) <= ALIKE);
  }

  countsAsCpu(category) {
    return isCpu(category.class) || (category.name === "unknown" && this.takenAsCpu);
  }

  // Of weights by category: what computed, and what of that a rewrite could touch (null where that is not known).
  cpuPart(weights) {
    let cpu = 0;
    let touchLo = 0;
    let touchHi = 0;
    let known = true;
    this.head.categories.forEach((category, code) => {
      if (weights[code] === 0 || !this.countsAsCpu(category)) return;
      cpu += weights[code];
      if (typeof category.addressable_lo !== "number" || typeof category.addressable_hi !== "number") known = false;
      touchLo += weights[code] * (category.addressable_lo ?? 0);
      touchHi += weights[code] * (category.addressable_hi ?? 1);
    });
    // What no rule placed was computing in a recording of CPU, and nobody knows what could touch it.
    const rest = this.takenAsCpu ? weights[weights.length - 1] : 0;
    return { cpu: cpu + rest, touchLo: known ? touchLo : null, touchHi: known ? touchHi + rest : null };
  }

  // Weights by category of everything shown.
  composition(threads, set = 0) {
    const { rows } = this.data;
    const all = new Float64Array(this.head.categories.length + 1);
    const last = all.length - 1;
    const value = rows.value[set];
    for (let row = 0; row < rows.count; row++) {
      if (!threads || threads.has(rows.thread[row])) all[Math.min(rows.category[row], last)] += value[row];
    }
    return all;
  }
}

const sum = (list) => list.reduce((total, value) => total + value, 0);
