// Numbers of the flame graph in words, against values worked out by hand. No browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changeWords, categoryWords, freeWords, globOf } from "../../web/static/flame/details.js";
import { shownQuery } from "../../web/static/flame/exports.js";
import { Model } from "../../web/static/flame/model.js";
import { ticks } from "../../web/static/flame/ruler.js";
import { amount, busyWords, ceiling, ceilingWords, factor, interval, ofWords, percent, touchWords, wilson } from "../../web/static/flame/words.js";

const near = (value, wanted) => assert.ok(Math.abs(value - wanted) < 5e-5, `${value}, wanted ${wanted}`);

test("Wilson's interval; unknown samples give none", () => {
  const half = wilson(0.5, 100);
  near(half.lo, 0.4038);
  near(half.hi, 0.5962);
  const none = wilson(0, 10);
  assert.equal(none.lo, 0);
  near(none.hi, 0.2775);
  assert.equal(wilson(0.5, null), null);
  assert.equal(wilson(0.5, 0.4), null);
  assert.equal(interval(null), "interval not known");
});

test("shares: two digits, what is not all never reads as all, unknown is no zero", () => {
  assert.deepEqual([0, 0.00001, 0.0007, 0.0304, 0.41, 0.995, 0.9999, 1].map(percent), ["0 %", "<0.01 %", "0.07 %", "3.0 %", "41 %", "99.5 %", "99.9 %", "100 %"]);
  assert.equal(percent(null), "not known");
});

test("amounts in the unit of the file, in seconds where it says what a unit is worth", () => {
  const seconds = { unit: "seconds" };
  assert.deepEqual([0, 0.0000021, 0.0083, 1.8, 12.4, 7300].map((value) => amount(value, seconds)), ["0 s", "2.1 µs", "8.3 ms", "1.8 s", "12 s", "2.0 h"]);
  assert.equal(amount(250, { unit: "samples", seconds_per_unit: 0.01 }), "2.5 s");
  assert.equal(amount(1, { unit: "samples", seconds_per_unit: null }), "1 sample");
  assert.equal(amount(3 * 2 ** 20, { unit: "bytes" }), "3.0 MiB");
  assert.equal(amount(null, seconds), "not known");
});

test("the ceiling of the whole: 1 / (1 - share x CPU share), ends with ends", () => {
  const limit = ceiling({ lo: 0.5, est: 0.6, hi: 0.7 }, { cpu_share: { lo: 0.03, est: 0.03, hi: 0.04 } });
  near(limit.lo, 1 / (1 - 0.015));
  near(limit.est, 1 / (1 - 0.018));
  near(limit.hi, 1 / (1 - 0.028));
  assert.equal(ceilingWords(limit), "at most 1.015x to 1.029x as fast");
  assert.equal(ceiling({ lo: 0.5, est: 0.6, hi: 0.7 }, null), null);
  assert.match(ceilingWords(ceiling({ lo: null, est: 0.5, hi: null }, { cpu_share: { lo: 1, est: 1, hi: 1 } })), /^about 2\.0x as fast \(interval not known\)$/);
  assert.match(ceilingWords(ceiling({ lo: 0.99, est: 1, hi: 1 }, { cpu_share: { lo: 1, est: 1, hi: 1 } })), /any number of times/);
  assert.equal(factor(1.3333), "1.33x");
});

test("what a rewrite means for a category", () => {
  const of = (name, addressable_lo, addressable_hi) => ({ class: name, addressable_lo, addressable_hi });
  assert.equal(touchWords(of("managed", 1, 1)), "all");
  assert.equal(touchWords(of("native", 0, 0)), "none");
  assert.equal(touchWords(of("native", 0, 0.7)), "0 to 70 %");
  assert.equal(touchWords(of("managed", null, null)), "not known");
  assert.equal(touchWords(of("wait", null, null)), "none");
  assert.match(categoryWords(of("wait")), /Free CPU does not change it/);
  assert.match(categoryWords(of("native", 0, 0)), /a rewrite cannot win it/);
  assert.match(categoryWords(of("kernel", 0, 0.1)), /a rewrite cannot win it, save .*0 to 10 %/);
  assert.match(categoryWords(null), /not known/);
});

test("a change is told with both shares, and as noise where the intervals say so", () => {
  const at = (share, n) => wilson(share, n);
  assert.match(changeWords(0.41, 0.12, at(0.41, 1000), at(0.12, 1000)), /41 % .* before, 12 % after: less by 29 points\. That is more than noise/);
  assert.match(changeWords(0.41, 0.4, at(0.41, 100), at(0.4, 100)), /within noise/);
  assert.match(changeWords(0.41, 0.4, null, at(0.4, 100)), /Whether that is more than noise is not known/);
  assert.match(changeWords(null, 0.4, null, null), /not known/);
});

test("a glob of a name means that name; ticks stand at round places", () => {
  assert.equal(globOf("operator*[](int)?"), "operator???(int)?");
  assert.deepEqual(ticks(0, 15, 8), [0, 2, 4, 6, 8, 10, 12, 14]);
  assert.deepEqual(ticks(4.1, 4.9, 5).map((one) => Number(one.toFixed(6))), [4.2, 4.4, 4.6, 4.8]);
  assert.deepEqual(ticks(1, 1, 4), []);
});

// A profile of one thread: weights by category of what a function costs and of everything.
function modelOf(head, below) {
  const categories = [
    { name: "app", class: "managed", addressable_lo: 1, addressable_hi: 1 },
    { name: "native", class: "native", addressable_lo: 0, addressable_hi: 0 },
    { name: "w_net", class: "wait" },
    { name: "unknown", class: "meta" },
  ].map((category, code) => ({ ...category, share: head.shares ? { est: head.shares[code] ?? 0 } : null }));
  const all = head.all;
  const value = Float32Array.from(all);
  const data = {
    head: { unit: "seconds", whole: null, ...head, categories, sets: [{ total: all.reduce((a, b) => a + b, 0) }] },
    rows: { count: 4, category: Uint8Array.of(0, 1, 2, 3), thread: new Uint32Array(4), node: new Uint32Array(4), value: [value] },
  };
  const model = new Model(data);
  const weights = Float64Array.from([...below, 0]);
  const facts = { total: below.reduce((a, b) => a + b, 0), unnamed: model.unnamed(weights), cpuWhole: model.cpuPart(Float64Array.from([...all, 0])).cpu, ...model.cpuPart(weights) };
  return freeWords(model, facts).join(" ");
}

test("free CPU: nothing is promised of a whole that is not known, nor of a request from the process's time", () => {
  const all = [2, 2, 6, 0];
  const known = { clock: "wall", neff: 400, all, whole: { kind: "wall", cpu_share: { lo: 0.4, est: 0.4, hi: 0.4 }, wall_s: 10 } };
  assert.match(modelOf(known, [2, 0, 0, 0]), /Of the CPU time 50 % \(45\.\.55 %\) would go, and the whole run would be at most 1\.22x to 1\.28x as fast\. That is 1\.8 s to 2\.2 s of 10 s\./);
  assert.match(modelOf({ clock: "wall", neff: 400, all }, [2, 0, 0, 0]), /of the whole is not known/);
  assert.match(modelOf({ clock: "wall", neff: 400, all, overlapping: true }, [2, 0, 0, 0]), /of a request is not known: requests served and mean response time would settle it/);
  assert.match(modelOf(known, [2, 0, 3, 0]), /2\.0 s of it is computing; free CPU does not change the rest, which waits\./);
  assert.match(modelOf(known, [2, 0, 3, 1]), /the rest, which waits or is not classed\./);
});

test("free CPU: boxes that hold other time than the analysis counted are no shares of CPU", () => {
  const head = { clock: "wall", neff: 100, all: [2, 2, 6, 2], whole: { kind: "wall", cpu_share: { lo: 0.4, est: 0.4, hi: 0.4 }, wall_s: 10 } };
  assert.match(modelOf({ ...head, shares: [0.5, 0.5] }, [2, 0, 0, 0]), /50 %/);
  assert.match(modelOf({ ...head, shares: [0.2, 0.3, 0, 0.5] }, [2, 0, 0, 0]), /^The analysis counts as CPU time other than these boxes hold/);
  assert.match(modelOf({ clock: "unknown", neff: 100, all: [3, 1, 0, 0], shares: [0.75, 0.25] }, [3, 0, 0, 0]), /^Whether waiting is in this picture is not known\. If all of it is computing: Of the CPU time 75 %/);
});

test("shares are named by what they are shares of", () => {
  assert.equal(ofWords({ unit: "bytes", clock: "unknown" }), "the bytes");
  assert.equal(ofWords({ unit: "samples", seconds_per_unit: 0.01, clock: "cpu" }), "the CPU time");
  assert.equal(ofWords({ unit: "seconds", clock: "wall", overlapping: true }), "the process's time");
  assert.match(changeWords(0.006, 0.59, null, null, ofWords({ unit: "seconds", clock: "wall", overlapping: true })), /of the process's time before/);
  assert.match(busyWords({ unit: "seconds", clock: "wall", overlapping: true }), /say nothing of one request/);
  assert.equal(busyWords({ unit: "seconds", clock: "cpu", overlapping: true }), null);
});

test("an export is asked for what is shown", () => {
  assert.equal(shownQuery({ column: 0, columns: [{}], artefact: 0, artefacts: [{}] }), "");
  assert.equal(shownQuery({ column: 1, columns: [{}, {}], artefact: 2, artefacts: [{}, {}] }), "?column=1&artefact=2");
});
