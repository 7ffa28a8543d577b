// Home and project in a real browser, on the service itself: what is new appears by itself, in every tab; filters and
// trends work by keyboard and without scripts; unknown is never drawn as a share.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { contrast } from "./looks.mjs";
import { launch } from "./site.mjs";

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const binary = process.env.STET_BIN ?? path.join(source, "build/release/stet");
const profile = readFileSync(path.join(process.env.STET_PROFILES ?? path.join(source, "profiles"), "cases/py-http-wait/on-cpu.svg"));
let folder, server, base, browser;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "stet-home-"));
  // Few threads, so that there is room for three streams.
  server = spawn(binary, ["serve", "--threads", "12", "--listen", "127.0.0.1:0", "--db", path.join(folder, "stet.db")], {
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

function stat(share) {
  return ` Performance counter stats for 'app':\n\n ${(60000 * share).toFixed(2)} msec task-clock\n\n 60.000000000 seconds time elapsed\n\n`;
}

async function upload(project, run, body, more = "") {
  const answer = await fetch(`${base}/api/v1/projects/${project}/profiles?run=${run}${more}`, { method: "POST", body });
  assert.equal(answer.status, 201, await answer.clone().text());
  return answer.json();
}

async function open(address, options = {}) {
  const context = options.context ?? (await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options }));
  const page = await context.newPage();
  const trouble = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) trouble.push(message.text());
  });
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(base)) trouble.push(`outside request: ${request.url()}`);
  });
  await page.goto(base + address);
  return { page, context, trouble, close: () => context.close() };
}

const live = (page) => page.locator('[data-live-state][data-state="live"]').waitFor();

test("the first visit teaches, and the first run appears by itself", async () => {
  const { page, trouble, close } = await open("/");
  assert.match(await page.locator("h1").textContent(), /computing, or was it waiting/);
  assert.match(await page.locator("main").textContent(), /No project yet/);
  await live(page);
  await page.getByLabel("project", { exact: true }).first().fill("half-typed");
  await upload("first", "one", stat(0.9));
  await page.locator("table.projects").getByRole("link", { name: "first", exact: true }).waitFor();
  assert.equal(await page.getByLabel("project", { exact: true }).first().inputValue(), "half-typed");
  assert.deepEqual(trouble, []);
  await close();
});

test("two tabs hear of the same change; each keeps its place", async () => {
  const one = await open("/projects/first");
  const two = await open("/projects/first", { context: one.context });
  await live(one.page);
  await live(two.page);
  await one.page.getByText("the same as a table").click();
  await one.page.getByRole("link", { name: "one", exact: true }).first().focus();
  await upload("first", "two", profile);
  for (const { page } of [one, two]) await page.locator("table.runs").getByRole("link", { name: "two", exact: true }).waitFor();
  assert.equal(await one.page.locator(".trend-numbers").getAttribute("open"), "");
  assert.equal(await two.page.locator(".trend-numbers").getAttribute("open"), null);
  // When the tab with the stream goes, the other one takes over.
  await one.page.close();
  await live(two.page);
  await upload("first", "three", stat(0.1));
  await two.page.locator("table.runs").getByRole("link", { name: "three", exact: true }).waitFor();
  assert.deepEqual([...one.trouble, ...two.trouble], []);
  await one.close();
});

test("a report with a fixed revision says that newer evidence exists, by itself", async () => {
  const { page, close } = await open("/projects/first/runs/one?rev=1");
  const before = await page.locator(".verdict").textContent();
  await page.locator('[data-live="notices"]').waitFor({ state: "attached" });
  await upload("first", "one", profile);
  await page.getByText("Newer evidence exists").waitFor();
  assert.equal(await page.locator(".verdict").textContent(), before);
  await close();
});

test("more pages than streams ask instead", async () => {
  const contexts = [];
  for (let i = 0; i < 3; i++) {
    const held = await open("/");
    await live(held.page);
    contexts.push(held);
  }
  const late = await open("/");
  await late.page.locator('[data-live-state][data-state="asks"]').waitFor();
  await upload("second", "asked-for", stat(0.2));
  await late.page.locator("table.projects").getByRole("link", { name: "second", exact: true }).waitFor();
  for (const one of [...contexts, late]) await one.close();
});

test("the trend is read by keyboard, and unknown is said", async () => {
  const { page, trouble, close } = await open("/projects/first");
  const trend = page.locator("[data-strips]");
  await page.locator(".trend-now").getByText("newest: run three").waitFor();
  const cpu = page.locator('[data-series="cpu"] .strip-now');
  assert.match(await cpu.textContent(), /^10 %/);
  await trend.focus();
  for (const key of ["End", "ArrowLeft"]) await page.keyboard.press(key);
  assert.equal(await cpu.textContent(), "not known");
  assert.match(await page.locator(".trend-now").textContent(), /run two/);
  await page.keyboard.press("Home");
  assert.match(await cpu.textContent(), /^9\d %|^90 %/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/projects\/first\/runs\/one$/);
  await page.goBack();
  await page.locator("[data-strips]").waitFor();
  assert.deepEqual(trouble, []);
  await close();
});

test("times stand in the reader's zone, with UTC on hover", async () => {
  const { page, close } = await open("/projects/first", { timezoneId: "Asia/Kolkata", locale: "en-GB" });
  const time = page.locator(".trend-ends time").first();
  const utc = new Date(await time.getAttribute("datetime"));
  assert.equal(await time.getAttribute("title"), `${utc.toISOString().slice(0, 16).replace("T", " ")} UTC`);
  const shown = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Kolkata" }).format(utc);
  assert.equal(await time.textContent(), shown);
  await close();
});

test("without scripts there are the list, its filter, the trend and the choice of two runs", async () => {
  const { page, close } = await open("/?state=closed", { javaScriptEnabled: false });
  assert.deepEqual(await page.locator("table.projects tbody th a").allTextContents(), ["second"]);
  await page.getByLabel("answer").selectOption("undecided");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.waitForURL(/state=undecided/);
  await page.goto(`${base}/projects/first`);
  const strip = page.locator('[data-series="cpu"] svg');
  assert.match(await strip.getAttribute("aria-label"), /3 runs.*1 not known/);
  assert.equal(await strip.locator("path.gap").count(), 1);
  assert.equal(await strip.locator("path.dot").count(), 2);
  await page.getByText("the same as a table").click();
  assert.ok(await page.locator(".trend-numbers td", { hasText: "not known" }).count() > 0);
  assert.match(await page.locator("code.command").first().textContent(), new RegExp(`${base}/api/v1/projects/first/profiles`));
  await close();
});

test("both pages can be read in both themes and fit from a phone to a wall", async () => {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [390, 1400, 2560]) {
      for (const address of ["/", "/projects/first"]) {
        const { page, trouble, close } = await open(address, { viewport: { width, height: 900 }, colorScheme });
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, `${address} at ${width}`);
        assert.deepEqual(await page.evaluate(contrast), [], `${address} ${colorScheme}`);
        assert.deepEqual(trouble, [], address);
        await close();
      }
    }
  }
});
