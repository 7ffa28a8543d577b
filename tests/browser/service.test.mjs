// The service itself with its samples, in a real browser: from the files to the report, the form for missing numbers
// with and without scripts, the phone, the dark, paper.
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
const cases = path.join(process.env.STET_PROFILES ?? path.join(source, "profiles"), "cases");
let folder, server, base, browser;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "stet-service-"));
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

const sample = (name, file) => path.join(cases, name, file);

test("every sample's pages load cleanly, and fit a phone", async () => {
  const { projects } = await (await fetch(`${base}/api/v1/projects?limit=500`)).json();
  assert.ok(projects.length >= 9);
  const addresses = ["/", "/upload", "/login"];
  for (const project of projects) {
    addresses.push(project.url);
    if (project.run) addresses.push(`/projects/${project.name}/runs/${encodeURIComponent(project.run)}`);
  }
  for (const [width, colorScheme] of [[1200, "dark"], [390, "light"]]) {
    for (const address of addresses) {
      const { page, trouble, status, close } = await open(address, { viewport: { width, height: 844 }, colorScheme });
      assert.equal(status, 200, address);
      assert.deepEqual(trouble, [], address);
      assert.equal(await page.locator("h1").count(), 1, address);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${address} is ${wide} px wide at ${width}`);
      if (colorScheme === "dark")
        assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(20, 24, 29)");
      await close();
    }
  }
});

test("the home page says where a rewrite may be proposed, and nowhere that nobody asked for one is it closed", async () => {
  const { page, close } = await open("/");
  assert.equal(await page.locator("tr", { has: page.getByRole("link", { name: "gate-opens", exact: true }) }).locator(".pill.open").count(), 1);
  const gates = await page.locator("td[data-label=gate]").allTextContents();
  assert.ok(gates.some((words) => words.startsWith("open")));
  const unasked = page.locator("table.projects tbody tr", { hasText: "nobody asked" });
  assert.ok((await unasked.count()) >= 9);
  const unaskedGates = await unasked.locator("td[data-label=gate]").allTextContents();
  assert.ok(!unaskedGates.some((words) => words.startsWith("closed")));
  assert.ok(gates.some((words) => words.startsWith("closed")), "proposals of the samples are decided");
  await page.locator("form.filter").getByLabel("project").fill("POOL");
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=POOL/);
  assert.deepEqual(await page.locator("table.projects tbody th a").allTextContents(), ["py-pool"]);
  await page.getByRole("searchbox").fill("POOL");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/search\?q=POOL/);
  await page.getByRole("link", { name: "py-pool", exact: true }).first().waitFor();
  await close();
});

test("files become one run and its report, which takes one more file", async () => {
  const { page, trouble, close } = await open("/upload?project=browser-drop");
  await page.setInputFiles("#file", [sample("py-http-wait", "on-cpu.svg")]);
  await page.getByRole("button", { name: "Analyse" }).click();
  await page.waitForURL(/\/profiles\/.*rev=1/);
  assert.match(await page.locator("h1").textContent(), /Not decided yet/);
  const data = await page.locator("[data-flame]").getAttribute("data-flame");
  assert.equal(await page.evaluate(async (url) => (await fetch(url)).status, data), 200);
  await page.locator("#add").getByLabel(/Profiles or totals/).setInputFiles(sample("py-http-wait", "on-cpu.time.txt"));
  await page.getByRole("button", { name: "Add to this run" }).click();
  await page.waitForURL(/rev=2/);
  assert.equal(await page.locator("#files-head + .scroll tbody tr").count(), 2);
  assert.deepEqual(trouble, []);
  await close();
});

test("several files dropped at once are one run", async () => {
  const { page, trouble, close } = await open("/upload?project=browser-drop-two");
  const files = ["on-cpu.svg", "on-cpu.time.txt"].map((name) => ({ name, text: readFileSync(sample("py-http-wait", name), "utf8") }));
  const dropped = await page.evaluateHandle((list) => {
    const transfer = new DataTransfer();
    for (const file of list) transfer.items.add(new File([file.text], file.name));
    return transfer;
  }, files);
  await page.locator("form[data-upload]").dispatchEvent("drop", { dataTransfer: dropped });
  await page.getByRole("button", { name: "Analyse" }).click();
  await page.waitForURL(/\/profiles\//);
  assert.equal(await page.locator("#files-head + .scroll tbody tr").count(), 2);
  assert.deepEqual(trouble, []);
  await close();
});

test("a file that is no profile is refused in words, and the form stays", async () => {
  const { page, close } = await open("/upload?project=browser-bad");
  await page.setInputFiles("#file", { name: "photo.png", mimeType: "image/png", buffer: Buffer.from("\x89PNG\r\n\x1a\n....", "latin1") });
  await page.getByRole("button", { name: "Analyse" }).click();
  await page.locator(".status.failed").waitFor();
  assert.match(await page.locator(".status").textContent(), /picture \(PNG\)/);
  assert.ok(await page.getByRole("button", { name: "Analyse" }).isEnabled());
  await close();
});

test("missing numbers are given without a script and make a new revision; the old one says so", async () => {
  const url = "/projects/node-idle/runs/cpu-prof?rev=1";
  const { page, close } = await open(url, { javaScriptEnabled: false });
  const before = await page.locator(".verdict").textContent();
  await page.locator('input[name="fact.ops"]').fill("8000");
  await page.locator('input[name="fact.op_s"]').fill("0.508");
  await page.getByRole("button", { name: "Use these numbers" }).click();
  await page.waitForURL(/\/runs\/cpu-prof\?rev=2$/);
  assert.notEqual(await page.locator(".verdict").textContent(), before);
  assert.match(await page.locator(".inputs").textContent(), /declared/);
  await page.goto(base + url);
  assert.match(await page.locator(".notice").textContent(), /Newer evidence exists/);
  assert.equal(await page.locator(".verdict").textContent(), before);
  await close();
});

test("page one of a report is one sheet of paper, and a failure is a page", async () => {
  const { page, close } = await open("/projects/py-http-wait/runs/all-states");
  await page.emulateMedia({ media: "print" });
  const sheet = await page.locator(".sheet").boundingBox();
  assert.ok(sheet.height < 1500, `${sheet.height} px`);
  await page.goto(`${base}/projects/nothing-here`);
  assert.match(await page.locator("h1").textContent(), /Nothing here/);
  await close();
});
