// The flame graph on the service's own pages, with the recordings of its samples: what a reader does with mouse, keys and
// address, that the table says what the picture says, and that names of strangers stay text.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "./site.mjs";

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const binary = process.env.STET_BIN ?? path.join(source, "build/release/stet");
let folder, server, base, browser;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "stet-flame-"));
  server = spawn(binary, ["serve", "--demo", "--listen", "127.0.0.1:0", "--db", path.join(folder, "stet.db")], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  for await (const line of createInterface({ input: server.stdout })) {
    base = line.match(/^listening on (http:\S+)/)?.[1];
    if (base) break;
  }
  assert.ok(base, "the server did not start");
  browser = await launch();
});
after(async () => {
  await browser?.close();
  if (server?.exitCode === null) {
    server.kill();
    await once(server, "exit");
  }
  rmSync(folder, { recursive: true });
});

const json = async (address) => (await fetch(base + address)).json();

// Address of the flame graph of a sample's recording.
async function sample(project, name) {
  const { profiles } = await json(`/api/v1/projects/${project}/profiles?limit=100`);
  const profile = profiles.find((one) => one.name.startsWith(name));
  assert.ok(profile, `${project} holds ${name}`);
  return { ...profile, page: `/profiles/${profile.id}/flame` };
}

async function upload(project, name, text) {
  const answer = await fetch(`${base}/api/v1/projects/${project}/profiles?name=${name}`, { method: "POST", body: text });
  assert.equal(answer.status, 201);
  const { id } = await answer.json();
  return `/profiles/${id}/flame`;
}

async function open(address, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  const trouble = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) trouble.push(message.text());
  });
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(base) && !/^(blob|data):/.test(request.url())) trouble.push(`outside request: ${request.url()}`);
  });
  await page.goto(base + address);
  await page.locator(".fl-body").first().waitFor();
  return { page, trouble, close: () => context.close() };
}

const canvas = (page) => page.locator(".fl-main > .fl-stage > canvas.fl-canvas").first();
const selected = (page) => page.locator(".fl-function").first().textContent();
const query = (page, name) => new URL(page.url()).searchParams.get(name);

async function walk(page, ...keys) {
  await canvas(page).focus();
  for (const key of keys) await page.keyboard.press(key);
}

// The first box of a function, by the search.
async function choose(page, name) {
  await page.getByRole("searchbox", { name: "Search functions" }).fill(name);
  await page.keyboard.press("Enter");
  await page.locator(".fl-function", { hasText: name }).waitFor();
}

test("zoom, back and the address: by keys, by the browser's buttons and after a reload", async () => {
  const { page: address } = await sample("py-native", "perf-script");
  const { page, trouble, close } = await open(address);
  assert.equal(new URL(page.url()).search, "", "an untouched picture keeps its plain address");
  await walk(page, "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp");
  const name = await selected(page);
  assert.ok(query(page, "fb"));
  await page.keyboard.press("Enter");
  await page.locator(".fl-crumbs").waitFor();
  assert.equal(await page.locator(".fl-crumbs [aria-current]").textContent(), name);
  const zoomed = page.url();
  await page.reload();
  await page.locator(".fl-crumbs").waitFor();
  assert.equal(page.url(), zoomed);
  assert.equal(await page.locator(".fl-crumbs [aria-current]").textContent(), name);
  assert.equal(await selected(page), name);
  await page.goBack();
  await page.locator(".fl-crumbs").waitFor({ state: "hidden" });
  await page.goForward();
  await page.locator(".fl-crumbs").waitFor();
  await walk(page, "Escape");
  await page.locator(".fl-crumbs").waitFor({ state: "hidden" });
  assert.equal(query(page, "fz"), null);
  await page.keyboard.press("Escape");
  await page.locator(".fl-function").waitFor({ state: "detached" });
  assert.deepEqual(trouble, []);
  await close();
});

test("a box is chosen and zoomed by mouse; crumbs lead back", async () => {
  const { page: address } = await sample("py-native", "perf-script");
  const { page, trouble, close } = await open(`${address}?fs=icicle`);
  const position = { x: 60, y: 110 };
  await canvas(page).hover({ position });
  await page.locator(".fl-tip").waitFor();
  const name = await page.locator(".fl-tip-name").textContent();
  assert.match(await page.locator(".fl-tip-total").textContent(), /\d.* %.*\.\./);
  await canvas(page).click({ position });
  assert.equal(await selected(page), name);
  await canvas(page).dblclick({ position });
  await page.locator(".fl-crumbs").waitFor();
  assert.equal(await page.locator(".fl-crumbs [aria-current]").textContent(), name);
  await page.locator(".fl-crumbs button").first().click();
  await page.locator(".fl-crumbs").waitFor({ state: "hidden" });
  assert.deepEqual(trouble, []);
  await close();
});

test("search by text, glob and regular expression tells functions and share; a broken one is said in words", async () => {
  const { page: address } = await sample("py-native", "perf-script");
  const { page, trouble, close } = await open(address);
  const field = page.getByRole("searchbox", { name: "Search functions" });
  const told = page.locator(".fl-matched");
  const says = (words) => page.locator(".fl-matched", { hasText: words }).waitFor();
  await page.locator("body").press("Tab");
  await canvas(page).focus();
  await page.keyboard.press("/");
  await page.keyboard.type("zlib_compress");
  await says(/1 function, 8\d % of the CPU time, \d+\.\.\d+ %/);
  await page.keyboard.press("Enter");
  assert.equal(await selected(page), "zlib_compress");
  await page.getByLabel("How the search reads").selectOption("glob");
  await field.fill("_PyEval*");
  await says(/^2 functions, /);
  const glob = await told.textContent();
  await page.getByLabel("How the search reads").selectOption("regexp");
  await field.fill("^_PyEval_EvalFrameDefault$");
  await says(/^1 function, /);
  await field.fill("^_PyEval");
  await says(/^2 functions, /);
  assert.equal(await told.textContent(), glob);
  await field.fill("nothing-of-that-name");
  await says("no function matches");
  await field.fill("(");
  await page.locator(".fl-matched.failed").waitFor();
  assert.notEqual(await told.textContent(), "");
  await field.fill("");
  await page.locator(".fl-matched.failed").waitFor({ state: "detached" });
  assert.equal(query(page, "fq"), null);
  assert.deepEqual(trouble, []);
  await close();
});

test("focus, hide, merge and collapse stand as chips, come off one by one, and are in the address", async () => {
  const { page: address } = await sample("py-native", "perf-script");
  const { page, trouble, close } = await open(address);
  const chips = page.locator(".fl-chips li");
  for (const [name, key] of [["main", "f"], ["zlib_compress", "m"], ["records", "h"], ["_PyEval_EvalFrameDefault", "c"]]) {
    await choose(page, name);
    await walk(page, key);
    await page.locator(".fl-chips li", { hasText: name }).waitFor();
  }
  assert.equal(await chips.count(), 4);
  assert.match(query(page, "fx"), /^focus:\w+\.merge:\w+\.hide:\w+\.collapse:\w+$/);
  const words = await chips.allTextContents();
  await page.reload();
  await chips.first().waitFor();
  assert.deepEqual(await chips.allTextContents(), words);
  await page.getByRole("button", { name: /^Remove: merge/ }).click();
  assert.equal(await chips.count(), 3);
  await walk(page, "u", "u", "u");
  assert.equal(await chips.count(), 0);
  assert.deepEqual(trouble, []);
  await close();
});

test("the legend tells shares, intervals and what a rewrite could touch; a click isolates", async () => {
  const { page: address } = await sample("py-native", "perf-script");
  const { page, trouble, close } = await open(address);
  const row = page.locator(".fl-legend tbody tr", { hasText: "compression, native" });
  assert.match((await row.textContent()).replace(/\s+/g, " "), /8\d %\d+\.\.\d+ %none/);
  await row.getByRole("button").focus();
  await page.keyboard.press("Enter");
  await page.locator(".fl-legend tr.on").waitFor();
  assert.equal(query(page, "fi"), "compress");
  await page.locator("body").press("Tab");
  await walk(page, "t");
  const kinds = new Set(await page.locator(".fl-functions:not(.narrow) tbody td[data-label=category]").allTextContents());
  assert.ok(kinds.has(" compression, native") && !kinds.has(" interpreter"), [...kinds].join());
  await page.getByRole("button", { name: "show all categories" }).click();
  assert.equal(query(page, "fi"), null);
  assert.deepEqual(trouble, []);
  await close();
});

test("callers and callees of a function, with a list to filter and sort", async () => {
  const { page: address } = await sample("py-native", "perf-script");
  const { page, trouble, close } = await open(address);
  await choose(page, "zlib_compress");
  await walk(page, "s");
  await page.locator(".fl-sandwich").waitFor();
  assert.equal(await page.locator(".fl-center").textContent(), "zlib_compress");
  assert.match(await page.getByRole("application", { name: /^Callers of zlib_compress: \d+ boxes/ }).getAttribute("aria-label"), /: [1-9]/);
  assert.match(await page.getByRole("application", { name: /^Callees of zlib_compress: \d+ boxes/ }).getAttribute("aria-label"), /: [1-9]/);
  await page.getByRole("searchbox", { name: "Filter functions" }).fill("malloc");
  await page.locator(".fl-list tbody tr", { hasNotText: /malloc/i }).first().waitFor({ state: "detached" });
  for (const name of await page.locator(".fl-list tbody th").allTextContents()) assert.match(name, /malloc/i);
  await page.locator(".fl-list tbody button").first().click();
  assert.match(await page.locator(".fl-center").textContent(), /Malloc/);
  await page.getByRole("application", { name: /^Callers of / }).focus();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  assert.notEqual(await selected(page), await page.locator(".fl-center").textContent());
  await page.locator(".fl-list").getByRole("button", { name: "total" }).click();
  assert.equal(query(page, "fn"), "total");
  await page.goBack();
  assert.deepEqual(trouble, []);
  await close();
});

test("the table holds the numbers of the picture", async () => {
  const { page: address } = await sample("py-native", "perf-script");
  const { page, trouble, close } = await open(address);
  await walk(page, "t");
  await page.locator(".fl-tablebox").waitFor();
  const rows = page.locator(".fl-functions:not(.narrow) tbody tr");
  const row = rows.filter({ hasText: "zlib_compress" });
  const parts = await row.locator("td[data-label=total] span").allTextContents();
  assert.equal(parts.length, 3, "amount, share and interval");
  await row.getByRole("button").click();
  const details = (await page.locator(".fl-weights").innerText()).replace(/\s+/g, " ");
  for (const words of parts) assert.ok(details.includes(words), `${words} stands in ${details}`);
  await page.getByRole("button", { name: "Graph", exact: true }).click();
  assert.match(await page.locator("[role=status][aria-live]").first().textContent(), /zlib_compress/);
  assert.equal(await selected(page), "zlib_compress");
  assert.ok(!(await page.locator(".fl-details").textContent()).includes("not known of"));
  assert.deepEqual(trouble, []);
  await close();
});

test("what free CPU would bring is told of the whole only where the whole is known", async () => {
  const known = await sample("py-native", "perf-script");
  const first = await open(known.page);
  await walk(first.page, "ArrowUp", "ArrowUp");
  assert.match(await first.page.locator(".fl-details").textContent(), /the whole run would be at most/);
  assert.match(await first.page.locator(".fl-details").textContent(), /Native code already|no time of its own|Native/);
  await first.close();
  const unknown = await upload("flame-unknown", "a.folded", "main;work;json_loads 40\nmain;idle_wait 10\n");
  const second = await open(unknown);
  await walk(second.page, "ArrowUp", "ArrowUp");
  const words = await second.page.locator(".fl-details").textContent();
  assert.match(words, /not known/);
  assert.ok(!/whole run would be/.test(words), words);
  await second.close();
  const waiting = await sample("py-http-wait", "all-states.speedscope");
  const third = await open(waiting.page);
  await walk(third.page, "ArrowUp", "ArrowUp", "ArrowUp");
  assert.match(await third.page.locator(".fl-details").textContent(), /Free CPU does not change it/);
  await third.close();
});

test("a component is proposed with its frame glob", async () => {
  const { page: address, run } = await sample("py-native", "perf-script");
  const { page, close } = await open(address);
  await choose(page, "zlib_compress");
  const link = new URL(await page.getByRole("link", { name: "propose this component" }).getAttribute("href"), base);
  assert.equal(link.pathname, "/projects/py-native/proposals/new");
  assert.deepEqual(Object.fromEntries(link.searchParams), { run, name: "zlib_compress", match: "zlib_compress" });
  await close();
});

test("a category is corrected from the picture, the answer is made anew, and the correction is taken back", async () => {
  const { page: address } = await sample("py-cpu-loop", "profile.speedscope");
  const { page, trouble, close } = await open(address);
  await choose(page, "is_prime");
  const kind = page.locator(".fl-class b");
  const before = await kind.textContent();
  await page.getByRole("button", { name: "correct the category" }).click();
  const form = page.getByRole("form", { name: "Correct the category" });
  await form.waitFor();
  assert.equal(await form.locator("input[name=pattern]").inputValue(), "is_prime");
  await form.getByLabel("Category").selectOption("math");
  await form.locator("input[name=reason]").fill("a numeric kernel, checked by hand");
  await page.keyboard.press("Enter");
  await page.locator(".fl-notice", { hasText: "is_prime is now" }).waitFor();
  await page.locator(".fl-class b", { hasText: "numeric kernels, native" }).waitFor();
  const link = await page.locator(".fl-notice a").getAttribute("href");
  assert.match(link, /^\/projects\/py-cpu-loop\/runs\/.*rev=2/);
  assert.equal((await fetch(base + link)).status, 200);
  await page.getByRole("button", { name: "correct the category" }).click();
  await page.locator(".fl-overrides li", { hasText: "is_prime" }).getByRole("button", { name: "take back" }).click();
  await page.locator(".fl-notice", { hasText: "was taken back" }).waitFor();
  assert.equal(await kind.textContent(), before);
  assert.deepEqual(trouble, []);
  await close();
});

test("another profile of the run stands beside, with an address and keys of its own", async () => {
  const name = (file) => `${base}/api/v1/projects/flame-beside/profiles?run=one&name=${file}&clock=${file.slice(0, file.indexOf("."))}`;
  for (const [file, text] of [["cpu.folded", "main;work 30\nmain;rest 10\n"], ["off.folded", "main;work;poll 70\nmain;lock 5\n"]])
    assert.equal((await fetch(name(file), { method: "POST", body: text })).status, 201);
  const { page: address } = await sample("flame-beside", "cpu.folded");
  const { page, trouble, close } = await open(address);
  const beside = page.getByRole("button", { name: "Beside" });
  await beside.click();
  await page.locator(".fl-panel").getByText("off.folded").click();
  await page.locator(".fl-title", { hasText: "off.folded" }).waitFor();
  assert.equal(await page.locator(".fl-root").count(), 2);
  const second = page.locator(".fl-main > .fl-stage > canvas.fl-canvas").nth(1);
  await second.focus();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  assert.ok(query(page, "fbb") && !query(page, "fb"), page.url());
  assert.match(await page.locator(".fl-details").nth(1).textContent(), /Free CPU does not change it/);
  await page.reload();
  await page.locator(".fl-function").waitFor();
  assert.equal(await page.locator(".fl-root").count(), 2);
  await beside.first().click();
  await page.locator(".fl-panel").getByText("nothing beside it").click();
  await page.locator(".fl-title").nth(1).waitFor({ state: "detached" });
  assert.equal(new URL(page.url()).search, "");
  assert.deepEqual(trouble, []);
  await close();
});

test("exports: the picture as PNG and SVG, the profile as pprof, folded and speedscope", async () => {
  const { page: address, id } = await sample("py-native", "perf-script");
  const { page, trouble, close } = await open(address);
  const exports = page.getByRole("button", { name: "Export" });
  const take = async (name) => {
    await exports.click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator(".fl-panel").getByText(name).click()]);
    return readFileSync(await download.path());
  };
  assert.equal((await take("PNG, this picture")).subarray(1, 4).toString(), "PNG");
  const svg = (await take("SVG, this picture")).toString();
  assert.match(svg, /^<(\?xml|svg)/);
  assert.match(svg, /zlib_compress/);
  assert.match((await take("folded stacks")).toString(), /zlib_compress;/);
  const scope = JSON.parse(await take("speedscope file"));
  assert.match(scope.$schema, /speedscope/);
  assert.deepEqual([...(await take("pprof, whole profile")).subarray(0, 2)], [0x1f, 0x8b]);
  await exports.click();
  const link = await page.getByRole("link", { name: "open in speedscope" }).last().getAttribute("href");
  assert.equal(decodeURIComponent(link.match(/profileURL=([^&]*)/)[1]), `/api/v1/profiles/${id}/speedscope.json`);
  await page.keyboard.press("Escape");
  await page.locator(".fl-panel").filter({ hasText: "PNG" }).waitFor({ state: "hidden" });
  assert.deepEqual(trouble, []);
  await close();
});

test("threads, order and colour are chosen, stand in the address and survive a reload", async () => {
  const { page: address } = await sample("py-pool", "100hz.speedscope");
  const { page, trouble, close } = await open(address);
  await page.getByRole("button", { name: /^All \d+ threads/ }).click();
  const boxes = page.locator(".fl-threads input");
  await boxes.nth(0).check();
  await boxes.nth(1).check();
  await page.getByRole("button", { name: /^2 of \d+ threads/ }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByLabel("Colour", { exact: true }).selectOption("thread");
  await page.getByLabel("Order", { exact: true }).selectOption("name");
  await page.getByRole("button", { name: "Icicle" }).click();
  assert.ok((await page.locator(".fl-colours li").count()) > 1);
  const words = page.url();
  await page.reload();
  await page.getByRole("button", { name: /^2 of \d+ threads/ }).waitFor();
  assert.equal(page.url(), words);
  assert.equal(await page.getByLabel("Colour", { exact: true }).inputValue(), "thread");
  assert.equal(await page.getByLabel("Order", { exact: true }).inputValue(), "name");
  assert.equal(await page.getByRole("button", { name: "Icicle" }).getAttribute("aria-pressed"), "true");
  await walk(page, "r");
  assert.equal(new URL(page.url()).search, "");
  assert.deepEqual(trouble, []);
  await close();
});

test("by module every box has a colour of its legend, from the first picture on; time has a line of its own", async () => {
  const { page: address } = await sample("node-gc", "server.cpuprofile");
  const { page, trouble, close } = await open(`${address}?fc=module&fo=time&fs=icicle`);
  await page.locator(".fl-colours li").nth(2).waitFor();
  assert.match((await page.locator(".fl-ruler span").allTextContents()).join(), /^0,2 s,4 s/);
  const seen = await canvas(page).evaluate((one) => {
    const { data } = one.getContext("2d").getImageData(0, 60, one.width, 1);
    const colours = new Set();
    for (let i = 0; i < data.length; i += 4) colours.add(`${data[i]} ${data[i + 1]} ${data[i + 2]}`);
    return colours.size;
  });
  assert.ok(seen > 2, `${seen} colours in a row of boxes`);
  assert.deepEqual(trouble, []);
  await close();
});

test("the keyboard alone reaches and works everything", async () => {
  const { page: address } = await sample("py-http-wait", "all-states.speedscope");
  const { page, trouble, close } = await open(address);
  const reached = new Set();
  await page.locator("h1").evaluate((one) => one.setAttribute("tabindex", "-1"));
  await page.locator("h1").focus();
  for (let i = 0; i < 60 && !reached.has("waiting for the network"); i++) {
    await page.keyboard.press("Tab");
    const { name, ring } = await page.evaluate(() => {
      const one = document.activeElement;
      const style = getComputedStyle(one);
      const name = one.getAttribute("aria-label") || one.querySelector?.("span")?.firstChild?.textContent || one.textContent.trim();
      return { name: name.replace(/:.*/, ""), ring: style.outlineStyle !== "none" };
    });
    assert.ok(ring, `${name} shows that it has the focus`);
    reached.add(name);
  }
  for (const name of ["Search functions", "How the search reads", "Graph", "Callers and callees", "Table", "Colour", "Flame", "Icicle", "Order", "Export", "Keys", "Flame graph of all-states.speedscope.json", "waiting for the network"])
    assert.ok([...reached].some((one) => one.startsWith(name)), `${name} is reached: ${[...reached].join(", ")}`);
  await walk(page, "?");
  await page.locator("dialog.fl-keys").waitFor();
  assert.ok((await page.locator("dialog.fl-keys tr").count()) > 12);
  await page.keyboard.press("Escape");
  await page.locator("dialog.fl-keys").waitFor({ state: "hidden" });
  assert.deepEqual(trouble, []);
  await close();
});

test("names of strangers stay text: in the picture's words, the table, the chips and the title", async () => {
  const hostile = '<img src=x onerror=alert(1)>"\'&{{x}}\u202egnp';
  const address = await upload("flame-hostile", "a.folded", `main;${hostile};leaf 30\nmain;=cmd|calc 10\n`);
  const { page, trouble, close } = await open(address);
  page.on("dialog", () => trouble.push("a dialog"));
  await walk(page, "ArrowUp", "ArrowUp");
  assert.match(await selected(page), /<img src=x onerror=alert\(1\)>.*<U\+202E>gnp/);
  await page.keyboard.press("h");
  await page.locator(".fl-chips li").waitFor();
  await page.keyboard.press("u");
  await walk(page, "ArrowUp", "ArrowUp", "t");
  assert.ok((await page.locator(".fl-functions:not(.narrow) tbody tr").count()) >= 4);
  await page.locator(".fl-name", { hasText: "onerror" }).click();
  await walk(page, "g");
  assert.equal(await page.locator(".fl-root img").count(), 0);
  assert.deepEqual(trouble, []);
  await close();
});

test("a phone, the dark and paper", async () => {
  const { page: address } = await sample("py-native", "perf-script");
  const { page, trouble, close } = await open(address, { viewport: { width: 390, height: 844 }, colorScheme: "dark", hasTouch: true });
  for (const view of ["Graph", "Callers and callees", "Table"]) {
    await page.getByRole("button", { name: view, exact: true }).click();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 390, `${view} is ${wide} px wide`);
  }
  await page.getByRole("button", { name: "Graph", exact: true }).click();
  await canvas(page).tap({ position: { x: 60, y: (await canvas(page).boundingBox()).height - 70 } });
  await page.locator(".fl-function").waitFor();
  await page.getByRole("button", { name: "Options" }).click();
  await page.getByLabel("Colour", { exact: true }).selectOption("module");
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);
  assert.ok((await page.pdf()).length > 10000);
  assert.deepEqual(trouble, []);
  await close();
});

test("a failure is told in words and can be tried again", async () => {
  const { page: address } = await sample("py-native", "perf-script");
  const context = await browser.newContext();
  const page = await context.newPage();
  let broken = true;
  await page.route(/\/api\/v1\/profiles\/[^/]+\/flame/, (route) => (broken ? route.abort() : route.continue()));
  await page.goto(base + address);
  await page.getByRole("alert").waitFor();
  assert.match(await page.getByRole("alert").textContent(), /did not answer/);
  broken = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(".fl-body").waitFor();
  await page.getByRole("alert").waitFor({ state: "detached" });
  await context.close();
});
