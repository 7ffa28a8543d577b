// Where a function costs and since when, and what a project corrected: by keyboard, without scripts, on a phone.
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

const stacks = (loads) =>
  `main (app.py:1);work (app.py:9);compute (app.py:20) ${(100 - loads) * 100}\n` +
  `main (app.py:1);loads (json/__init__.py:346);decode (json/decoder.py:337) ${loads * 100}\n`;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "stet-functions-"));
  server = spawn(binary, ["serve", "--listen", "127.0.0.1:0", "--db", path.join(folder, "stet.db")], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  for await (const line of createInterface({ input: server.stdout })) {
    base = line.match(/^listening on (http:\S+)/)?.[1];
    if (base) break;
  }
  assert.ok(base, "the server did not start");
  for (const [i, loads] of [2, 2, 40].entries()) {
    const address = `${base}/api/v1/projects/shop/profiles?run=r${i}&commit=c${i}&clock=cpu&rate=100`;
    assert.equal((await fetch(address, { method: "POST", body: stacks(loads) })).status, 201);
  }
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
  await page.goto(base + address);
  return { page, trouble, close: () => context.close() };
}

test("the header's search leads to a function, by keyboard", async () => {
  const { page, trouble, close } = await open("/");
  await page.locator("header input[name=q]").focus();
  await page.keyboard.type("json.loads");
  await Promise.all([page.waitForURL(/\/search\?q=json\.loads/), page.keyboard.press("Enter")]);
  await page.locator("h3 a").focus();
  await Promise.all([page.waitForURL(/\/projects\/shop\/functions\?q=json\.loads/), page.keyboard.press("Enter")]);
  const row = page.locator("table.functions tbody tr");
  assert.equal(await row.count(), 1);
  assert.match(await row.innerText(), /40 %/);
  assert.match(await row.innerText(), /r2, commit c2; 2\.0 % before/);
  assert.equal(await row.locator("svg.bars rect.is").count(), 3);
  assert.match(await row.locator("th a").getAttribute("href"), /^\/profiles\/[\w-]+\/flame\?q=loads$/);
  assert.deepEqual(trouble, []);
  await close();
});

test("without scripts a category is corrected and the correction revoked", async () => {
  const { page, trouble, close } = await open("/projects/shop/overrides?pattern=compute&category=math", { javaScriptEnabled: false });
  await page.getByLabel("because").fill("a <b>kernel</b> of ours");
  await page.getByRole("button", { name: "Correct it" }).click();
  const row = page.locator("table.corrections tbody tr");
  assert.match(await row.innerText(), /a <b>kernel<\/b> of ours/);
  await page.goto(`${base}/projects/shop/runs/r2`);
  await page.getByText("1 category corrected by this project").waitFor();
  await page.getByRole("link", { name: "All corrections" }).click();
  await page.getByRole("button", { name: "Revoke compute" }).click();
  assert.match(await row.innerText(), /revoked/);
  assert.deepEqual(trouble, []);
  await close();
});

test("nothing scrolls sideways on a phone", async () => {
  for (const address of ["/projects/shop/functions", "/search?q=json", "/projects/shop/overrides"]) {
    const { page, trouble, close } = await open(address, { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, address);
    assert.deepEqual(trouble, []);
    await close();
  }
});
