// Times of the flame graph in the browser, one JSON line a size: node flame_bench.mjs [nodes ...]. Milliseconds by the
// browser's own clock, with the pixels read back so that painting is counted; { min, median, p95, max } of many. Never
// part of the tests.
import { synthetic } from "./flame_fixture.mjs";
import { openFlameSite } from "./flame_site.mjs";

const sizes = process.argv.slice(2).map(Number);
if (!sizes.length) sizes.push(100_000, 1_000_000);

// Runs in the page.
async function measure(name) {
  const numbers = (all) => {
    const sorted = [...all].sort((a, b) => a - b);
    const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] * 10) / 10;
    return { min: at(0), median: at(0.5), p95: at(0.95), max: at(1), of: sorted.length };
  };
  const settle = () => canvas.painter.context.getImageData(0, 0, 1, 1);
  const times = (count, run) => {
    const all = [];
    for (let i = 0; i < count; i++) {
      const begin = performance.now();
      run(i);
      settle();
      all.push(performance.now() - begin);
    }
    return numbers(all);
  };
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const out = {};
  await show("small"); // the page is warm, as after its own first paint
  let begin = performance.now();
  window.data = await flame.loadFlame("/data/" + name);
  out.load = Math.round(performance.now() - begin);
  begin = performance.now();
  canvas.setData(data);
  window.tree = flame.buildTree(data);
  out.first_build = Math.round((performance.now() - begin) * 10) / 10;
  canvas.setTree(tree);
  settle();
  out.first_picture = Math.round((performance.now() - begin) * 10) / 10;
  // Boxes to zoom to: a walk through the tree, each wide enough to be clicked.
  const targets = [];
  for (let n = 1; n < tree.count && targets.length < 40; n++) if (tree.total[n] > tree.weight / 400 && n % 3 === 0) targets.push(n);
  out.zoom = times(targets.length, (i) => canvas.zoom(targets[i]));
  out.back = times(targets.length, () => canvas.back());
  const points = Array.from({ length: 200 }, (_, i) => [(i * 37) % canvas.width, (i * 53) % canvas.height]);
  out.hover = times(points.length, (i) => canvas.hover(canvas.hit(...points[i])));
  out.free_zoom = times(60, (i) => canvas.zoomRange(tree.weight * 0.004 * i, tree.weight * (1 - 0.006 * i)));
  canvas.zoom(0);
  out.search_text = times(8, (i) => canvas.setMatch(flame.compile(`function_${i}`, "text")));
  out.search_regexp = times(8, (i) => canvas.setMatch(flame.compile(`module_\\d${i}.*_[1-9]{3}$`, "regexp")));
  canvas.setMatch(null);
  for (const colour of ["module", "thread", "category"]) out[`colour_${colour}`] = times(1, () => canvas.setMode({ colour }));
  const key = tree.totals.key[3];
  const views = {
    left_heavy: {}, by_name: { order: "name" }, time: { order: "time" }, one_thread: { threads: new Set([1]) }, category: { category: "w_db" },
    focus: { transforms: [{ op: "focus", key }] }, hide: { transforms: [{ op: "hide", key }] }, merge: { transforms: [{ op: "merge", key }] },
    collapse: { transforms: [{ op: "collapse", key: null }] }, callers: { callersOf: key }, callees: { calleesOf: key },
  };
  out.views = {};
  for (const [view, what] of Object.entries(views)) {
    out.views[view] = times(3, () => {
      window.tree = flame.buildTree(data, what);
      canvas.setTree(tree);
    });
    out.views[view].boxes = tree.count;
    await frame();
  }
  window.tree = flame.buildTree(data);
  canvas.setTree(tree);
  out.totals = times(1, () => tree.totals);
  out.bytes = { data: data.bytes, tree: tree.bytes, image: canvas.painter.image.data.byteLength, js_heap: performance.memory?.usedJSHeapSize ?? null };
  out.drawn = canvas.list.count;
  return out;
}

const files = { small: synthetic(1000) };
for (const size of sizes) files[size] = synthetic(size, { entries: Math.min(size / 2, 200_000) });
const site = await openFlameSite(files);
try {
  for (const size of sizes) {
    for (const ratio of [1, 2]) {
      const { page } = await site.page({ viewport: { width: 1400, height: 800 }, deviceScaleFactor: ratio });
      const result = await page.evaluate(measure, String(size));
      console.log(JSON.stringify({ nodes: size, file_bytes: files[size].length, ratio, ...result }));
      await page.context().close();
    }
  }
} finally {
  await site.close();
}
