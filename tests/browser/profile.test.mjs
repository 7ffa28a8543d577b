// The page of one flame graph: what it says, where it leads, two beside each other, and all of it without scripts.
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
const profiles = process.env.STET_PROFILES ?? path.join(source, "profiles");
const ids = {};
let folder, server, base, browser;

async function upload(name, body, run) {
  const answer = await fetch(`${base}/api/v1/projects/pages/profiles?name=${encodeURIComponent(name)}&run=${run}`, { method: "POST", body });
  assert.ok(answer.ok, await answer.clone().text());
  return (await answer.json()).id;
}

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "stet-profile-"));
  server = spawn(binary, ["serve", "--listen", "127.0.0.1:0", "--db", path.join(folder, "stet.db")], { stdio: ["ignore", "pipe", "ignore"] });
  for await (const line of createInterface({ input: server.stdout })) {
    base = line.match(/^listening on (http:\S+)/)?.[1];
    if (base) break;
  }
  assert.ok(base, "the server did not start");
  const recording = (...parts) => readFileSync(path.join(profiles, ...parts));
  ids.cpu = await upload("on-cpu.svg", recording("cases", "async-150", "on-cpu.svg"), "both");
  ids.wall = await upload("all-states.speedscope.json", recording("cases", "async-150", "all-states.speedscope.json"), "both");
  await upload("perf-stat.txt", recording("cases", "async-150", "perf-stat.txt"), "both");
  ids.events = await upload("two-events.txt", recording("formats", "perf-script", "two-events.txt"), "events");
  ids.hostile = await upload('"><img src=x onerror=alert(1)>.folded', "main;</script><script>alert(2)</script> 9\n", "hostile");
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
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  const trouble = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) trouble.push(message.text());
  });
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("dialog", (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(base)) trouble.push(`outside request: ${request.url()}`);
  });
  const answer = await page.goto(base + address);
  return { page, trouble, status: answer.status(), close: () => context.close() };
}

test("the page says what was measured, shows the answer of its run, and draws", async () => {
  const { page, trouble, close } = await open(`/profiles/${ids.cpu}/flame`);
  assert.equal(await page.locator("h1").textContent(), "on-cpu.svg");
  assert.match(await page.locator(".profile-measured").textContent(), /On CPU: waiting is not in this file/);
  assert.match(await page.locator(".profile-answer").textContent(), /gate: /);
  await page.locator(".flame-mount canvas").first().waitFor();
  assert.ok((await page.locator(".flame-mount canvas").first().boundingBox()).width > 600);
  await page.locator(".profile-answer a").click();
  await page.waitForURL(`${base}/profiles/${ids.cpu}`);
  await page.getByRole("link", { name: "as large as the window" }).click();
  await page.waitForURL(`${base}/profiles/${ids.cpu}/flame`);
  assert.deepEqual(trouble, []);
  await close();
});

test("a second profile of the run stands beside it", async () => {
  const { page, trouble, close } = await open(`/profiles/${ids.cpu}/flame?beside=${ids.wall}`);
  await page.locator(".flame-mount canvas").nth(1).waitFor();
  const [left, right] = await Promise.all([0, 1].map((i) => page.locator(".flame-mount").nth(i).boundingBox()));
  assert.ok(right.x >= left.x + left.width && Math.abs(left.y - right.y) < 2, "they stand beside each other");
  assert.deepEqual(trouble, []);
  await close();
});

test("the line of what was measured follows the event that is chosen", async () => {
  const { page, trouble, close } = await open(`/profiles/${ids.events}/flame`);
  assert.match(await page.locator(".profile-measured").textContent(), /On CPU/);
  await page.getByRole("combobox", { name: "Event" }).selectOption({ label: "page-faults (count)" });
  await page.getByText("Not time: counts of page-faults.").waitFor();
  await page.getByRole("combobox", { name: "Event" }).selectOption({ label: "cpu-clock (seconds)" });
  await page.getByText("On CPU: waiting is not in this file.").waitFor();
  assert.deepEqual(trouble, []);
  await close();
});

test("speedscope opens the same profile from this service", async () => {
  const { page, trouble, close } = await open(`/profiles/${ids.wall}/flame`);
  const address = await page.getByRole("link", { name: "open in speedscope" }).getAttribute("href");
  const data = new URLSearchParams(address.split("#")[1]).get("profileURL");
  assert.equal(await page.evaluate(async (url) => (await (await fetch(url)).json()).$schema, data), "https://www.speedscope.app/file-format-schema.json");
  assert.deepEqual(trouble, []);
  await close();
});

test("everything can be read without scripts", async () => {
  const { page, close } = await open(`/profiles/${ids.events}/flame`, { javaScriptEnabled: false });
  const counted = page.getByRole("navigation", { name: "what is counted" });
  assert.equal(await counted.getByRole("link").count(), 2);
  await counted.getByRole("link", { name: /page-faults/ }).click();
  assert.match(await page.locator(".profile-measured").textContent(), /Not time: counts of page-faults/);
  const picture = page.locator(".flame-picture");
  assert.match(await picture.getAttribute("src"), /column=\d/);
  assert.ok((await picture.boundingBox()).width > 600, "the picture is drawn");
  await page.locator(".profile-downloads summary").click();
  assert.equal(await page.locator(".profile-downloads li").count(), 5);
  assert.ok(await page.locator(".profile-downloads li").last().isVisible());
  await page.goto(`${base}/profiles/${ids.cpu}/flame`);
  await page.getByRole("navigation", { name: /beside/ }).getByRole("link", { name: /all-states/ }).click();
  await page.waitForURL(/beside=/);
  assert.equal(await page.locator(".flame-picture").count(), 2);
  await page.getByRole("navigation", { name: /beside/ }).getByRole("link", { name: "none" }).click();
  await page.waitForURL(`${base}/profiles/${ids.cpu}/flame`);
  assert.equal(await page.locator(".flame-mount").count(), 1);
  await close();
});

test("names from outside are text, and dark and light can be read", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const { page, trouble, close } = await open(`/profiles/${ids.hostile}/flame`, { colorScheme });
    await page.locator(".flame-mount canvas").first().waitFor();
    assert.equal(await page.locator("h1").textContent(), '"><img src=x onerror=alert(1)>.folded');
    assert.equal(await page.locator("main img, main script").count(), 0);
    assert.deepEqual(await page.evaluate(contrast), []);
    assert.deepEqual(trouble, []);
    await close();
  }
});
