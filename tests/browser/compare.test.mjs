// Two runs side by side, with the samples: choosing, reading without scripts, refusals in words, the phone, hostile names.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
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
  folder = mkdtempSync(path.join(tmpdir(), "stet-compare-"));
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

async function open(address, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  const trouble = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) trouble.push(message.text());
  });
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(base)) trouble.push(`outside request: ${request.url()}`);
  });
  const answer = await page.goto(base + address);
  return { page, trouble, status: answer.status(), close: () => context.close() };
}

const pair = (one, other) => `/compare?base=${encodeURIComponent(one)}&head=${encodeURIComponent(other)}`;
const row = (page, name) => page.locator("table.moves tbody tr", { has: page.getByRole("rowheader", { name }) });

async function upload(project, run, body, query = "") {
  const answer = await fetch(`${base}/api/v1/projects/${project}/profiles?run=${run}${query}`, { method: "POST", body });
  assert.ok(answer.status < 300, String(answer.status));
  return (await answer.json()).id;
}

test("a native part made a run 14 times faster, and that is more than noise", async () => {
  const { page, trouble, close } = await open(pair("meter-days/before-timed", "meter-days/after-timed"));
  assert.match(await page.locator(".compare-first").textContent(), /fell from 14\.4 s to 1\.0 s \(14x faster\), more than noise/);
  assert.match(await row(page, "wall time of a run").locator(".said").textContent(), /more than noise/);
  assert.equal(await page.locator(".compare-side").count(), 2);
  assert.deepEqual(trouble, []);
  await close();
});

test("functions that moved, kinds of time and one flame graph of both", async () => {
  const { page, trouble, close } = await open(pair("meter-days/before-set", "meter-days/after"));
  const moved = row(page, /\bdistance warp\.py/);
  assert.match(await moved.textContent(), /-94 points/);
  assert.match(await moved.locator(".said").textContent(), /^more than noise$/);
  assert.match(await row(page, /read_days/).locator(".said").textContent(), /within noise/);
  const data = await page.locator("[data-flame]").getAttribute("data-flame");
  assert.match(data, /^\/api\/v1\/compare\/flame\?base=.+&head=.+/);
  await page.locator(".flame-mount canvas").first().waitFor();
  assert.deepEqual(trouble, []);
  await close();
});

test("more traffic does not read as computing", async () => {
  const { page, close } = await open(pair("async-1/all-states", "async-150/all-states"));
  const words = await page.locator(".compare-changed").textContent();
  assert.match(words, /The process was busier .* says nothing about one operation/);
  assert.match(words, /The answer stays: Fix the waiting first/);
  assert.doesNotMatch(words, /CPU-bound/);
  assert.match(await page.locator(".compare-warned").textContent(), /the load differs/);
  await close();
});

test("two runs are chosen by keyboard, swapped, and found again by back and reload", async () => {
  const { page, trouble, close } = await open("/compare?project=py-native");
  assert.equal(await page.locator(".compare-side").count(), 0);
  await page.getByLabel("before", { exact: true }).focus();
  await page.keyboard.press("ArrowDown");
  const first = await page.getByLabel("before", { exact: true }).inputValue();
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const second = await page.getByLabel("after", { exact: true }).inputValue();
  assert.ok(first.startsWith("py-native/") && second.startsWith("py-native/") && first !== second);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL(/base=.+&head=.+/);
  const address = page.url();
  await page.getByRole("link", { name: "swap" }).click();
  await page.waitForURL((url) => url.href !== address);
  assert.equal(await page.getByLabel("before", { exact: true }).inputValue(), second);
  await page.goBack();
  assert.equal(page.url(), address);
  assert.equal(await page.getByLabel("before", { exact: true }).inputValue(), first);
  await page.reload();
  assert.equal(await page.locator(".compare-side").count(), 2);
  assert.deepEqual(trouble, []);
  await close();
});

test("unlike files are refused in words, with what to send instead", async () => {
  await upload("unlike", "on-cpu", "main;work 80\nmain;read 20\n", "&clock=cpu");
  await upload("unlike", "blocked", "main;work;recv 5000\nmain;read 2000\n", "&clock=off");
  const { page, status, close } = await open(pair("unlike/on-cpu", "unlike/blocked"));
  assert.equal(status, 422);
  const words = await page.locator(".notice.state").textContent();
  assert.match(words, /samples of running code, those of .* blocked time/);
  assert.match(words, /record both on-CPU/);
  assert.equal(await page.getByLabel("before", { exact: true }).inputValue(), "unlike/on-cpu");
  await close();
});

test("what is missing is said and never drawn as nothing", async () => {
  await upload("half", "a", "main;work 80\nmain;read 20\n", "&clock=cpu");
  await upload("half", "b", "main;work 20\nmain;read 80\n", "&clock=cpu");
  const { page, close } = await open(pair("half/a", "half/b"));
  assert.match(await page.locator(".compare-refused").textContent(), /how long either waited is not known/);
  const share = row(page, /CPU of the time/).first();
  assert.match(await share.textContent(), /not known/);
  assert.equal(await share.locator("svg .was").count(), 0);
  assert.equal(await share.locator("svg .track.unknown").count(), 2);
  assert.equal(await page.locator(".compare-side .bar .c-cpu").count(), 0);
  await close();
});

test("names out of files stay text", async () => {
  const evil = "<img src=x onerror=alert(1)>";
  await upload("hostile", "a", `main;${evil} 900\nmain;b 100\n`, "&clock=cpu&name=%3Cscript%3Ealert(2)%3C/script%3E");
  await upload("hostile", "b", `main;${evil} 100\nmain;b 900\n`, "&clock=cpu");
  const { page, trouble, close } = await open(pair("hostile/a", "hostile/b"));
  let alerted = false;
  page.on("dialog", () => (alerted = true));
  assert.ok((await page.locator("code", { hasText: evil }).count()) > 0);
  assert.equal(await page.locator("img[src=x]").count(), 0);
  assert.equal(alerted, false);
  assert.deepEqual(trouble, []);
  await close();
});

test("all of it can be read without scripts, in the dark and on a phone", async () => {
  const { page, close } = await open(pair("meter-days/before-set", "meter-days/after"), { javaScriptEnabled: false, colorScheme: "dark" });
  assert.match(await page.locator(".compare-first").textContent(), /faster/);
  assert.ok((await page.locator("table.functions tbody tr").count()) >= 5);
  assert.ok((await page.locator("svg.diffbar").count()) > 5);
  assert.equal(await page.locator("img.flame-picture").count(), 1);
  await close();
  for (const address of [pair("async-1/on-cpu", "async-150/all-states"), pair("meter-days/before-timed", "meter-days/after-timed"), "/compare"]) {
    const phone = await open(address, { viewport: { width: 390, height: 844 } });
    const wide = await phone.page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 390, `${address} is ${wide} px wide`);
    assert.deepEqual(phone.trouble, []);
    await phone.close();
  }
});
