// The canvas of the flame graph in a real browser: what a pointer finds, zooming and going back, the keyboard's
// neighbours, dimming, both themes, pictures to keep, refusals of the server. Trees and search: flame_tree.test.mjs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fromFolded, synthetic } from "./flame_fixture.mjs";
import { openFlameSite } from "./flame_site.mjs";

const NASTY = "<img src=x onerror=alert(1)>&\"'\u202egnp\u0007";
const small = fromFolded(
  ["main;work;json#serde 50", "main;work 20", "main;read#w_db 25", "[thread 1] poll#idle_loop 5", `main;work;${NASTY} 10`],
  { order: true },
);
let cut = () => {};
let site;
before(async () => {
  site = await openFlameSite({
    small,
    two: fromFolded(["main;old 50 0", "main;same 30 60", "main;new 0 40"], { sets: 2 }),
    deep: fromFolded([`${Array.from({ length: 300 }, (_, i) => `level_${i}`).join(";")} 3`]),
    wide: synthetic(60000),
    refused: (request, response) => {
      response.writeHead(404, { "Content-Type": "application/problem+json" });
      response.end(JSON.stringify({ title: "Not found", detail: "there is no profile x1", status: 404, code: "not_found" }));
    },
    page: (request, response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<p>"),
    short: (request, response) => {
      response.writeHead(200, { "Content-Type": "application/vnd.stet.flame", "Content-Length": small.length });
      response.write(small.subarray(0, small.length - 30), () => response.destroy());
    },
    half: (request, response) => {
      response.writeHead(200, { "Content-Type": "application/vnd.stet.flame" });
      response.end(small.subarray(0, small.length - 8));
    },
    slow: (request, response) => {
      response.writeHead(200, { "Content-Type": "application/vnd.stet.flame" });
      response.write(small.subarray(0, 100));
      cut = () => response.destroy();
    },
  });
});
after(async () => {
  cut();
  await site?.close();
});

// Number of the first box of that name.
const boxOf = (page, name) => page.evaluate((wanted) => [...tree.frame].findIndex((frame) => data.name(frame) === wanted), name);
const pixel = (page, x, y) =>
  page.evaluate(([px, py]) => {
    const ratio = devicePixelRatio;
    const copy = document.createElement("canvas");
    copy.width = copy.height = 1;
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(document.querySelector("#flame"), -px * ratio, -py * ratio);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  }, [x, y]);

// Waits, frame by frame: the page's policy forbids the evaluating that playwright's own waiting does.
async function until(page, holds, argument) {
  for (let frame = 0; frame < 900; frame++) {
    if (await page.evaluate(holds, argument)) return;
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
  assert.fail(`never came: ${holds}`);
}

test("a pointer finds boxes; a click selects, a double click zooms, and back leads back", async () => {
  const { page, trouble } = await site.page();
  assert.ok((await page.evaluate(() => show("small", {}, { inverted: true }))) > 5);
  const [main, work, json] = [await boxOf(page, "main"), await boxOf(page, "work"), await boxOf(page, "json")];
  const rect = (n) => page.evaluate((node) => canvas.rectOf(node), n);
  const at = await rect(work);
  await page.mouse.move(at.left + 30, at.top + 5);
  await until(page, (n) => heard.some(([what, node]) => what === "hover" && node === n), work);
  await page.mouse.click(at.left + 30, at.top + 5);
  assert.equal(await page.evaluate(() => canvas.selected), work);
  await page.mouse.dblclick(at.left + 30, at.top + 5);
  assert.deepEqual(await page.evaluate(() => [canvas.zoomed, canvas.path()]), [work, [0, main, work]]);
  assert.deepEqual(await page.evaluate((n) => { const r = canvas.rectOf(n); return [r.left, r.width]; }, work), [0, 1200]);
  assert.deepEqual(await page.evaluate(() => heard.filter(([what]) => what !== "hover").map(([what, node]) => [what, node])), [["select", work], ["select", work], ["select", work], ["zoom", work]]);
  assert.equal(await page.evaluate(() => canvas.hit(600, 3)), 0);
  await page.evaluate((n) => canvas.zoom(n), json);
  assert.equal(await page.evaluate(() => canvas.back() && canvas.zoomed), work);
  assert.equal(await page.evaluate(() => canvas.back() && canvas.zoomed), 0);
  assert.equal(await page.evaluate(() => canvas.back()), false);
  await page.mouse.move(1190, 600);
  await until(page, () => heard.at(-1)[0] === "hover" && heard.at(-1)[1] === -1);
  assert.deepEqual(trouble, []);
});

test("a canvas with a border, below something that grows: points and outlines stay where the boxes are", async () => {
  const { page } = await site.page();
  await page.evaluate(() => show("small", {}, { inverted: true }));
  const work = await boxOf(page, "work");
  const off = await page.evaluate((n) => {
    const element = document.querySelector("#flame");
    element.style.border = "7px solid";
    const above = document.createElement("p");
    above.style.height = "40px";
    element.before(above);
    canvas.resize();
    canvas.select(n);
    const [a, b] = [element, canvas.overlay].map((each) => each.getBoundingClientRect());
    return [b.left - a.left, b.top - a.top];
  }, work);
  assert.ok(off.every((distance) => Math.abs(distance - 7) < 0.6), `the outline is ${off} off`);
  const at = await page.evaluate((n) => {
    const box = document.querySelector("#flame").getBoundingClientRect();
    const r = canvas.rectOf(n);
    return [box.left + 7 + r.left + 2, box.top + 7 + r.top + 2];
  }, work);
  await page.mouse.click(...at);
  assert.deepEqual(await page.evaluate(() => heard.filter(([what]) => what === "select").map(([, n]) => n)), [work]);
});

test("neighbours go as they are seen, in both directions of the picture", async () => {
  const { page } = await site.page();
  await page.evaluate(() => show("small", {}, { inverted: true }));
  const [main, work, json, read, poll] = await Promise.all(["main", "work", "json", "read", "poll"].map((name) => boxOf(page, name)));
  const go = (node, direction) => page.evaluate(([n, d]) => canvas.neighbour(n, d), [node, direction]);
  assert.equal(await go(0, "down"), main);
  assert.equal(await go(main, "down"), work);
  assert.equal(await go(work, "up"), main);
  assert.equal(await go(work, "right"), read);
  assert.equal(await go(read, "left"), work);
  assert.equal(await go(main, "right"), poll);
  assert.equal(await go(main, "left"), main);
  assert.equal(await go(0, "up"), 0);
  assert.equal(await go(json, "down"), json);
  assert.equal(await go(-1, "down"), 0);
  await page.evaluate(() => canvas.setMode({ inverted: false }));
  assert.equal(await go(main, "up"), work);
  assert.equal(await go(work, "down"), main);
  assert.ok(await page.evaluate((n) => canvas.rectOf(0).top > canvas.rectOf(n).top, main));
});

test("colours: by category with waiting hatched, dimmed when another is isolated or does not match, and in the dark", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const { page, trouble } = await site.page({ colorScheme });
    await page.evaluate(() => show("small", {}, { inverted: true }));
    const spot = async (name) => {
      const r = await page.evaluate((n) => canvas.rectOf(n), await boxOf(page, name));
      return [Math.round(r.left + r.width - 12), Math.round(r.top + 3)];
    };
    const json = await spot("json");
    const css = await page.evaluate(() => getComputedStyle(document.body).getPropertyValue("--serde").trim());
    const hex = (rgb) => `#${rgb.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
    assert.equal(hex(await pixel(page, ...json)), css);
    const read = await spot("read");
    const colours = new Set();
    for (let i = 0; i < 8; i++) colours.add(hex(await pixel(page, read[0] - i, read[1])));
    assert.ok(colours.size > 1, "waiting is not hatched");
    await page.evaluate(() => canvas.isolate("w_db"));
    assert.notEqual(hex(await pixel(page, ...json)), css);
    await page.evaluate(() => canvas.isolate(null));
    assert.equal(hex(await pixel(page, ...json)), css);
    const share = await page.evaluate(() => canvas.setMatch(flame.compile("j?on", "glob")));
    assert.ok(Math.abs(share - 50 / 110) < 1e-6);
    assert.equal(hex(await pixel(page, ...json)), css);
    assert.notEqual(hex(await pixel(page, ...(await spot("poll")))), await page.evaluate(() => canvas.legend().find((entry) => entry.id === "idle_loop").colour));
    assert.equal(await page.evaluate(() => canvas.setMatch(null)), null);
    for (const colour of ["module", "thread", "change", "category"]) {
      const legend = await page.evaluate((mode) => { canvas.setMode({ colour: mode }); return canvas.legend(); }, colour);
      assert.ok(legend.length >= 1 && legend.every((entry) => /^#[0-9a-f]{6}$/.test(entry.colour) && entry.label));
      const [ground, main] = [await pixel(page, 1190, 690), await pixel(page, 600, 21)];
      assert.ok(main.some((part, i) => Math.abs(part - ground[i]) > 10), `${colour} paints nothing`);
    }
    assert.deepEqual(trouble, []);
  }
});

test("the theme may change while it is shown", async () => {
  const { page } = await site.page({ colorScheme: "light" });
  await page.evaluate(() => show("small", {}, { inverted: true }));
  assert.deepEqual(await pixel(page, 1190, 690), [255, 255, 255]);
  await page.emulateMedia({ colorScheme: "dark" });
  await until(page, () => canvas.theme.dark);
  assert.deepEqual(await pixel(page, 1190, 690), [20, 24, 29]);
});

test("deep stacks scroll inside a canvas of the viewport's size; the wheel zooms with ctrl alone", async () => {
  const { page } = await site.page({ deviceScaleFactor: 2 });
  await page.evaluate(() => show("deep", {}, { inverted: true }));
  const size = await page.evaluate(() => { const c = document.querySelector("#flame"); return [c.width, c.height, canvas.contentHeight]; });
  assert.deepEqual(size, [2400, 1400, 301 * (await page.evaluate(() => canvas.rowHeight))]);
  await page.mouse.move(600, 300);
  await page.mouse.wheel(0, 2000);
  await until(page, () => canvas.scroll > 500);
  const deepest = await page.evaluate(() => tree.count - 1);
  await page.evaluate((n) => canvas.select(n), deepest);
  assert.ok(await page.evaluate((n) => canvas.rectOf(n).top + canvas.rowHeight <= 701, deepest));
  assert.equal(await page.evaluate(() => document.querySelector("#flame").style.touchAction), "none");
  await page.evaluate(() => show("wide", {}, { inverted: true }));
  await page.mouse.move(300, 100);
  // Both turns in one task: what follows at once is one step back.
  const taken = await page.evaluate(() => {
    const turn = () => new WheelEvent("wheel", { ctrlKey: true, deltaY: -150, clientX: 300, clientY: 100, cancelable: true });
    return [turn(), turn()].map((event) => !document.querySelector("#flame").dispatchEvent(event));
  });
  assert.deepEqual(taken, [true, true], "the page would zoom as well");
  assert.ok(await page.evaluate(() => canvas.to - canvas.from < tree.weight * 0.3));
  const held = await page.evaluate(() => (canvas.from + (canvas.to - canvas.from) / 4) / tree.weight);
  assert.ok(Math.abs(held - 0.25) < 1e-6, "what is under the pointer moved");
  const from = await page.evaluate(() => canvas.from);
  await page.mouse.down();
  await page.mouse.move(200, 100, { steps: 4 });
  await page.mouse.up();
  assert.ok((await page.evaluate(() => canvas.from)) > from, "dragging moves the picture");
  assert.equal(await page.evaluate(() => canvas.selected), -1, "dragging selects nothing");
  assert.ok(await page.evaluate(() => canvas.back() && canvas.to < tree.weight), "a drag is one step");
  assert.ok(await page.evaluate(() => canvas.back() && canvas.to === tree.weight), "the wheel's turns are one step");
  assert.equal(await page.evaluate(() => canvas.back()), false);
});

test("fingers: a tap selects, a second one zooms, two of them spread zoom", async () => {
  const { page } = await site.page({ hasTouch: true, viewport: { width: 390, height: 600 } });
  await page.evaluate(() => show("small", {}, { inverted: true }));
  const work = await boxOf(page, "work");
  const r = await page.evaluate((n) => canvas.rectOf(n), work);
  await page.touchscreen.tap(r.left + 20, r.top + 8);
  await until(page, (n) => canvas.selected === n, work);
  assert.equal(await page.evaluate(() => canvas.zoomed), 0);
  await page.touchscreen.tap(r.left + 20, r.top + 8);
  await until(page, (n) => canvas.zoomed === n, work);
  await page.evaluate(() => canvas.zoom(0));
  const client = await page.context().newCDPSession(page);
  const touch = (type, ...points) => client.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  await touch("touchStart", [150, 50], [200, 50]);
  await touch("touchMove", [100, 50], [250, 50]);
  await touch("touchMove", [50, 50], [300, 50]);
  await touch("touchEnd");
  await until(page, () => canvas.to - canvas.from < tree.weight * 0.5);
  assert.ok(await page.evaluate(() => canvas.back() && canvas.to === tree.weight), "one pinch is one step back");
});

test("a tree that comes later keeps what was zoomed and selected", async () => {
  const { page } = await site.page();
  await page.evaluate(() => show("small", {}, {}));
  const work = await boxOf(page, "work");
  const names = await page.evaluate((n) => {
    canvas.zoom(n);
    canvas.select(tree.firstChild[n]);
    const other = flame.buildTree(data, { order: "name" });
    canvas.setTree(other, { keep: true });
    return [canvas.zoomed, canvas.selected].map((node) => data.name(other.frame[node]));
  }, work);
  assert.deepEqual(names, ["work", "json"]);
});

test("zooming glides unless less motion is asked for, and ends where it should", async () => {
  const { page } = await site.page();
  await page.evaluate(() => show("small", {}, {}, { animate: true }));
  const work = await boxOf(page, "work");
  await page.evaluate((n) => canvas.zoom(n), work);
  await until(page, () => !canvas.frameAnimating);
  assert.equal(await page.evaluate((n) => canvas.hit(600, canvas.rectOf(n).top + 4), work), work);
  await page.emulateMedia({ reducedMotion: "reduce" });
  assert.equal(await page.evaluate(() => { canvas.zoom(0); return Boolean(canvas.frameAnimating); }), false);
});

test("pictures to keep: a PNG of the whole, an SVG in which hostile names are text", async () => {
  const { page, trouble } = await site.page();
  await page.evaluate(() => show("small", {}, { inverted: true }));
  const png = await page.evaluate(async () => {
    const blob = await canvas.png();
    const image = await createImageBitmap(blob);
    return [blob.type, image.width, image.height, canvas.contentHeight];
  });
  assert.deepEqual(png, ["image/png", 1200, png[3], png[3]]);
  const svg = await page.evaluate(() => canvas.svg());
  assert.ok(!/<(?:script|img|style)/.test(svg));
  const seen = await page.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
    const attributes = new Set([...parsed.querySelectorAll("*")].flatMap((element) => element.getAttributeNames()));
    return { attributes: [...attributes], error: parsed.querySelector("parsererror")?.textContent ?? null, titles: [...parsed.querySelectorAll("g > title")].map((t) => t.textContent), texts: [...parsed.querySelectorAll("text")].map((t) => t.textContent) };
  }, svg);
  assert.equal(seen.error, null);
  assert.deepEqual(seen.attributes.filter((name) => /^on|style|href/.test(name)), []);
  assert.ok(seen.titles.some((title) => title.startsWith("<img src=x onerror=alert(1)>&\"'<U+202E>gnp<U+0007>")), seen.titles);
  assert.ok(seen.titles.includes("json, 45.5 %"));
  assert.ok(seen.texts.includes("work"));
  const boxes = await page.evaluate(() => canvas.list.count);
  assert.equal(seen.titles.length, boxes);
  assert.deepEqual(trouble, []);
});

test("two sets: new and gone are told in words, not by colour alone", async () => {
  const { page } = await site.page();
  await page.evaluate(() => show("two", { sets: "both" }, { colour: "change", inverted: true }));
  const texts = await page.evaluate(() => {
    const said = [];
    const own = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
      said.push(text);
      return own.call(this, text, ...rest);
    };
    canvas.draw();
    CanvasRenderingContext2D.prototype.fillText = own;
    return said;
  });
  assert.ok(texts.includes("new: new") && texts.includes("gone: old") && texts.includes("same"), texts);
});

test("refusals are one sentence; what breaks off is said; a load can be given up", async () => {
  const { page } = await site.page();
  const failure = (name) => page.evaluate((file) => flame.loadFlame("/data/" + file).then(() => "loaded", (error) => [error.message, error.status ?? null]), name);
  assert.deepEqual(await failure("refused"), ["Not found: there is no profile x1", 404]);
  assert.deepEqual(await failure("nothing"), ["The server answered 404.", 404]);
  assert.match((await failure("page"))[0], /answered with text\/html, not with a flame graph/);
  assert.match((await failure("half"))[0], /cut short: it broke off after \d+ bytes/);
  assert.match((await failure("short"))[0], /cut short: the connection broke after \d+ bytes/);
  const given = await page.evaluate(async () => {
    const control = new AbortController();
    const load = flame.loadFlame("/data/slow", { signal: control.signal });
    control.abort();
    return load.then(() => "loaded", (error) => error.name);
  });
  assert.equal(given, "AbortError");
});

test("several graphs of one page do not know of each other, and leave nothing behind", async () => {
  const { page, trouble } = await site.page();
  const left = await page.evaluate(async () => {
    await show("small");
    const second = document.createElement("canvas");
    document.querySelector(".place").append(second);
    const other = new flame.FlameCanvas(second, { animate: false });
    other.setData(data);
    other.setTree(flame.buildTree(data, { threads: new Set([1]) }));
    other.zoom(1);
    const first = canvas.zoomed;
    other.destroy();
    return [first, document.querySelectorAll("canvas.flame-overlay").length];
  });
  assert.deepEqual(left, [0, 1]);
  assert.deepEqual(trouble, []);
});
