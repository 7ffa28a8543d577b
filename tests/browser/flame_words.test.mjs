// Numbers of the flame graph in words, against values worked out by hand. No browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changeWords, categoryWords, globOf } from "../../web/static/flame/details.js";
import { ticks } from "../../web/static/flame/ruler.js";
import { amount, ceiling, ceilingWords, factor, interval, percent, touchWords, wilson } from "../../web/static/flame/words.js";

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
