// Times of the flame graph in the browser, one JSON line a size and ratio of pixels: node flame_bench.mjs [nodes ...].
// For each step { cpu: milliseconds of the page's own thread for one, wall: { min, median, p95, max } by performance.now,
// of }; the pixels are read back, so that painting is counted. On a busy machine wall tells of the machine. Never part
// of the tests.
import { synthetic } from "./flame_fixture.mjs";
import { openFlameSite } from "./flame_site.mjs";

const sizes = process.argv.slice(2).map(Number);
if (!sizes.length) sizes.push(100_000, 1_000_000);

// Runs in the page before the steps.
function prepare() {
  window.timed = async (count, run) => {
    const all = [];
    for (let i = 0; i < count; i++) {
      const begin = performance.now();
      await run(i);
      canvas.painter.context.getImageData(0, 0, 1, 1);
      all.push(performance.now() - begin);
    }
    return all;
  };
  window.view = (what) => {
    window.tree = flame.buildTree(data, what);
    canvas.setTree(tree);
  };
  return show("small"); // the page is warm, as after its own first paint
}

// name -> what runs in the page; each answers with its wall times.
const steps = {
  load: () => timed(1, async () => (window.data = await flame.loadFlame(`/data/${location.hash.slice(1)}`))),
  first_picture: () => timed(1, () => (canvas.setData(data), view({}))),
  zoom: () => {
    window.targets = []; // boxes wide enough to be clicked
    for (let n = 1; n < tree.count && targets.length < 40; n++) if (tree.total[n] > tree.weight / 400 && n % 3 === 0) targets.push(n);
    return timed(targets.length, (i) => canvas.zoom(targets[i]));
  },
  back: () => timed(40, () => canvas.back()),
  hover: () => timed(200, (i) => canvas.hover(canvas.hit((i * 37) % canvas.width, (i * 53) % canvas.height))),
  free_zoom: () => timed(60, (i) => canvas.zoomRange(tree.weight * 0.004 * i, tree.weight * (1 - 0.006 * i))),
  redraw_whole: () => (canvas.zoom(0), timed(20, () => canvas.draw())),
  search_text: () => timed(8, (i) => canvas.setMatch(flame.compile(`function_${i}`, "text"))),
  search_regexp: () => timed(8, (i) => canvas.setMatch(flame.compile(`module_\\d${i}.*_[1-9]{3}$`, "regexp"))),
  colour_module: () => (canvas.setMatch(null), timed(1, () => canvas.setMode({ colour: "module" }))),
  colour_thread: () => timed(1, () => canvas.setMode({ colour: "thread" })),
  colour_category: () => timed(1, () => canvas.setMode({ colour: "category" })),
  totals: () => timed(1, () => (window.key = tree.totals.key[3])),
  view_heavy: () => timed(3, () => view({})),
  view_name: () => timed(3, () => view({ order: "name" })),
  view_time: () => timed(3, () => view({ order: "time" })),
  view_thread: () => timed(3, () => view({ threads: new Set([1]) })),
  view_category: () => timed(3, () => view({ category: "w_db" })),
  view_focus: () => timed(3, () => view({ transforms: [{ op: "focus", key }] })),
  view_hide: () => timed(3, () => view({ transforms: [{ op: "hide", key }] })),
  view_merge: () => timed(3, () => view({ transforms: [{ op: "merge", key }] })),
  view_collapse: () => timed(3, () => view({ transforms: [{ op: "collapse", key: null }] })),
  view_callers: () => timed(3, () => view({ callersOf: key })),
  view_callees: () => timed(3, () => view({ calleesOf: key })),
};

const rounded = (value) => Math.round(value * 100) / 100;

function spread(all) {
  const sorted = [...all].sort((a, b) => a - b);
  const at = (share) => rounded(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
  return { min: at(0), median: at(0.5), p95: at(0.95), max: at(1) };
}

async function measure(page, size) {
  const client = await page.context().newCDPSession(page);
  await client.send("Performance.enable", { timeDomain: "threadTicks" });
  const busy = async () => (await client.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration").value * 1000;
  await page.evaluate((name) => (location.hash = name), String(size));
  await page.evaluate(prepare);
  const out = {};
  for (const [name, step] of Object.entries(steps)) {
    const before = await busy();
    const all = await page.evaluate(step);
    out[name] = { cpu: rounded(((await busy()) - before) / all.length), wall: spread(all), of: all.length };
  }
  out.bytes = await page.evaluate(() => {
    view({});
    return { data: data.bytes, tree: tree.bytes, image: canvas.painter.image.data.byteLength, js_heap: performance.memory?.usedJSHeapSize ?? null };
  });
  out.drawn = await page.evaluate(() => canvas.list.count);
  return out;
}

const files = { small: synthetic(1000) };
for (const size of sizes) files[size] = synthetic(size, { entries: Math.min(size / 2, 200_000) });
const site = await openFlameSite(files);
try {
  for (const size of sizes) {
    for (const ratio of [1, 2]) {
      const { page } = await site.page({ viewport: { width: 1400, height: 800 }, deviceScaleFactor: ratio });
      console.log(JSON.stringify({ nodes: size, file_bytes: files[size].length, ratio, ...(await measure(page, size)) }));
      await page.context().close();
    }
  }
} finally {
  await site.close();
}
