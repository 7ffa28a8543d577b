// Taking files in a real browser: dropped as files and as folders, pasted, chosen; what each is before it is sent;
// progress, cancel, retry and errors for each; several as one run or each its own; and on a run's page the way from a
// closed answer to the evidence that would open it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "./site.mjs";

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const binary = process.env.STET_BIN ?? path.join(source, "build/release/stet");
const profiles = process.env.STET_PROFILES ?? path.join(source, "profiles");
const sample = (name, file) => path.join(profiles, "cases", name, file);
const format = (...parts) => path.join(profiles, "formats", ...parts);
let folder, server, base, browser;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "stet-upload-"));
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

// allowed: addresses whose failure is what the test is about.
async function open(address, options = {}, allowed = null) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  const trouble = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !allowed?.test(message.location().url)) trouble.push(message.text());
  });
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(base)) trouble.push(`outside request: ${request.url()}`);
  });
  await page.goto(base + address);
  return { page, trouble, close: () => context.close() };
}

// As a person drags from the desktop: the browser itself makes the entries, of folders too.
async function drag(page, files, { x = 600, y = 120, stopAt = "drop" } = {}) {
  const devtools = await page.context().newCDPSession(page);
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    if (type === "drop" && stopAt !== "drop") break;
    await devtools.send("Input.dispatchDragEvent", { type, x, y, data: { items: [], files, dragOperationsMask: 1 } });
  }
  await devtools.detach();
}

const row = (page, name) => page.locator(".upload-file", { hasText: name });
const state = (page, name, wanted) => page.locator(`.upload-file[data-state="${wanted}"]`, { hasText: name }).waitFor();

test("files dropped anywhere are recognised before they are sent, and become one run", async () => {
  const { page, trouble, close } = await open("/upload?project=drop-files");
  const files = ["on-cpu.svg", "on-cpu.time.txt"].map((name) => sample("py-http-wait", name));
  await drag(page, files, { stopAt: "dragOver" });
  assert.equal(await page.locator(".upload-overlay").innerText(), "Drop to analyse as one run of project drop-files");
  await drag(page, files);
  await page.locator(".upload-overlay").waitFor({ state: "hidden" });
  await state(page, "on-cpu.svg", "ready");
  const words = await row(page, "on-cpu.svg").locator(".upload-words").textContent();
  assert.match(words, /flame graph by py-spy.*without --idle.*shows what the CPU did, not how long the program waited/);
  assert.match(await row(page, "on-cpu.svg").locator(".upload-next").textContent(), /Alone it leaves open: /);
  await state(page, "on-cpu.time.txt", "ready");
  assert.match(await row(page, "on-cpu.time.txt").textContent(), /CPU time against wall time/);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Analyse");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/profiles\/.*rev=1$/);
  assert.equal(await page.locator("#files-head + .scroll tbody tr").count(), 2);
  assert.deepEqual(trouble, []);
  await close();
});

test("a folder is opened: what can be read is sent, what cannot is named and left out", async () => {
  const doctor = path.join(folder, "9544.clinic-doctor", "inner");
  mkdirSync(doctor, { recursive: true });
  for (const part of ["processstat", "traceevent", "systeminfo"]) {
    const name = `9544.clinic-doctor-${part}`;
    writeFileSync(path.join(doctor, name), readFileSync(format("clinic-doctor", "idle", name)));
  }
  writeFileSync(path.join(folder, "9544.clinic-doctor", "notes.md"), "# what we did\nnothing to see\n");
  writeFileSync(path.join(folder, "9544.clinic-doctor", ".hidden"), "x");
  const { page, trouble, close } = await open("/projects/node-idle");
  await drag(page, [path.join(folder, "9544.clinic-doctor")]);
  await page.getByRole("dialog").waitFor();
  assert.equal(await page.getByLabel("project", { exact: true }).inputValue(), "node-idle");
  await state(page, "notes.md", "refused");
  for (const part of ["processstat", "traceevent", "systeminfo"]) await state(page, part, "ready");
  assert.equal(await page.locator(".upload-file").count(), 4);
  assert.match(await page.getByRole("dialog").getByRole("status").textContent(), /3 files to send, 1 left out/);
  await page.getByRole("button", { name: "Analyse as one run" }).click();
  await page.waitForURL(/\/profiles\//);
  assert.equal(await page.locator("#files-head + .scroll tbody tr").count(), 3);
  assert.deepEqual(trouble, []);
  await close();
});

test("text that a tool printed is pasted, by the clipboard or into the field, and is a file", async () => {
  const totals = readFileSync(sample("py-http-wait", "on-cpu.time.txt"), "utf8");
  const { page, trouble, close } = await open("/upload?project=paste");
  const paste = (text) =>
    page.evaluate((words) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", words);
      document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, text);
  await paste(totals);
  await state(page, "pasted-1.txt", "ready");
  assert.match(await row(page, "pasted-1.txt").textContent(), /time, wall 17.8 s, CPU 210 ms/);
  await page.getByRole("button", { name: "Remove pasted-1.txt" }).click();
  assert.equal(await page.locator(".upload-file").count(), 0);
  await page.getByRole("button", { name: "Paste text" }).click();
  await page.keyboard.insertText(totals);
  await page.getByRole("button", { name: "Take as a file" }).click();
  await state(page, "pasted-2.txt", "ready");
  // A paste into a field stays there.
  await page.getByLabel("project", { exact: true }).fill("paste-other");
  await page.getByRole("button", { name: "Analyse" }).click();
  await page.waitForURL(/\/profiles\//);
  assert.match(await page.locator("h1").textContent(), /Fix the waiting first/);
  assert.deepEqual(trouble, []);
  await close();
});

test("a refused file is told apart, a failed one is tried again, one is cancelled, a known one is said to be known", async () => {
  const { page, trouble, close } = await open("/upload?project=errors", {}, /\/profiles\?/);
  await page.setInputFiles("#file", [
    { name: "photo.png", mimeType: "image/png", buffer: Buffer.from("\x89PNG\r\n\x1a\n....", "latin1") },
  ]);
  await page.setInputFiles("#file", [{ name: "nothing.txt", mimeType: "text/plain", buffer: Buffer.alloc(0) }]);
  await state(page, "nothing.txt", "refused");
  assert.match(await row(page, "nothing.txt").textContent(), /Cannot be used: the file is empty/);
  await page.getByRole("button", { name: "Remove nothing.txt" }).click();
  await state(page, "photo.png", "refused");
  assert.match(await row(page, "photo.png").textContent(), /Cannot be used: .*picture \(PNG\)/);
  await page.getByRole("button", { name: "Analyse" }).click();
  assert.match(await page.locator(".status.failed").textContent(), /Nothing to send: .*picture \(PNG\).*what can be read/);
  await page.getByRole("button", { name: "Remove photo.png" }).click();

  // The connection breaks, then holds.
  let broken = true;
  await page.route(/\/api\/v1\/projects\/errors\/profiles/, (route) => (broken ? route.abort("connectionreset") : route.continue()));
  await page.setInputFiles("#file", [sample("py-http-wait", "on-cpu.svg")]);
  await state(page, "on-cpu.svg", "ready");
  await page.getByRole("button", { name: "Analyse" }).click();
  await state(page, "on-cpu.svg", "failed");
  assert.match(await row(page, "on-cpu.svg").textContent(), /the server did not answer.*try again/);
  broken = false;
  await page.getByRole("button", { name: "Retry on-cpu.svg" }).click();
  await page.waitForURL(/\/profiles\//);
  const first = page.url();
  assert.deepEqual(trouble, []);

  await page.goto(`${base}/upload?project=errors`);
  await page.setInputFiles("#file", [sample("py-http-wait", "on-cpu.svg")]);
  await page.getByRole("button", { name: "Analyse" }).click();
  await state(page, "on-cpu.svg", "known");
  await page.getByRole("status").filter({ hasText: "Already known: the same run" }).waitFor();
  await page.getByRole("link", { name: "open its report" }).click();
  await page.waitForURL(first);

  // Cancelled while it is under way: the server never answers this request.
  await page.goto(`${base}/upload?project=errors`);
  await page.unroute(/\/api\/v1\/projects\/errors\/profiles/);
  await page.route(/\/api\/v1\/projects\/errors\/profiles/, () => {});
  await page.setInputFiles("#file", [sample("py-http-wait", "on-cpu.time.txt")]);
  await state(page, "on-cpu.time.txt", "ready");
  await page.getByRole("button", { name: "Analyse" }).click();
  await page.getByRole("button", { name: "Cancel on-cpu.time.txt" }).click();
  await state(page, "on-cpu.time.txt", "cancelled");
  await page.getByRole("status").filter({ hasText: "Cancelled." }).waitFor();
  assert.ok(await page.getByRole("button", { name: "Analyse" }).isEnabled());
  assert.deepEqual(trouble, []);
  await close();
});

test("one broken file among several keeps no other from being taken, and its reason stands beside it", async () => {
  const { page, close } = await open("/upload?project=mixed", {}, /\/profiles/);
  // Recognition fails, so that the broken file is sent at all.
  await page.route(/\/api\/v1\/recognise/, (route) => route.abort());
  await page.setInputFiles("#file", [
    { name: "broken.json", mimeType: "application/json", buffer: Buffer.from('{"nodes":[{"id":1,') },
    { name: "time.txt", mimeType: "text/plain", buffer: readFileSync(sample("py-http-wait", "on-cpu.time.txt")) },
  ]);
  await state(page, "time.txt", "ready");
  assert.match(await row(page, "time.txt").textContent(), /will be known when it was sent/);
  await page.getByRole("button", { name: "Analyse" }).click();
  await state(page, "broken.json", "failed");
  await state(page, "time.txt", "done");
  await page.locator(".status.failed").waitFor();
  assert.match(await page.locator(".status.failed").textContent(), /broken\.json.*report of the others/);
  await page.getByRole("link", { name: "report of the others" }).click();
  await page.waitForURL(/\/profiles\//);
  assert.match(await page.locator("h1").textContent(), /Fix the waiting first/);
  await close();
});

test("several files are each a run of their own when that is chosen; an answer that takes long is waited for", async () => {
  const { page, trouble, close } = await open("/upload?project=apart");
  await page.route(/\/api\/v1\/projects\/apart\/profiles/, (route) =>
    route.continue({ headers: { ...route.request().headers(), prefer: "respond-async" } }));
  await page.setInputFiles("#file", [sample("py-http-wait", "on-cpu.time.txt"), sample("py-cpu-loop", "hyperfine.json")]);
  await page.getByLabel("each a run of its own").check();
  await page.getByRole("button", { name: "Analyse" }).click();
  await state(page, "on-cpu.time.txt", "done");
  await state(page, "hyperfine.json", "done");
  await page.getByRole("status").filter({ hasText: "2 runs made" }).waitFor();
  assert.equal(await page.locator(".upload-tools a").count(), 2);
  await page.getByRole("link", { name: "to the project" }).click();
  await page.waitForURL(/\/projects\/apart$/);
  const { runs } = await (await fetch(`${base}/api/v1/projects/apart`)).json();
  assert.equal(runs.length, 2);
  assert.deepEqual(trouble, []);
  await close();
});

test("hostile names are text, and the list fits a phone in the dark", async () => {
  const { page, trouble, close } = await open("/upload?project=names", { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
  const name = '<img src=x onerror="alert(1)">' + "x".repeat(120) + ".txt";
  await page.setInputFiles("#file", [{ name, mimeType: "text/plain", buffer: readFileSync(sample("py-http-wait", "on-cpu.time.txt")) }]);
  await page.locator('.upload-file[data-state="ready"]').waitFor();
  assert.equal(await page.locator(".upload-name").textContent(), name);
  assert.equal(await page.locator(".upload-list img").count(), 0);
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);
  assert.deepEqual(trouble, []);
  await close();
});

test("without scripts the form takes files all the same", async () => {
  const { page, close } = await open("/upload?project=plain", { javaScriptEnabled: false });
  await page.setInputFiles("#file", [sample("py-http-wait", "on-cpu.svg"), sample("py-http-wait", "on-cpu.time.txt")]);
  await page.getByRole("button", { name: "Analyse" }).click();
  await page.waitForURL(/\/profiles\//);
  assert.equal(await page.locator("#files-head + .scroll tbody tr").count(), 2);
  await close();
});

test("from a closed gate it is two clicks to what would open it and to counter-evidence", async () => {
  const { page, trouble, close } = await open("/projects/py-http-wait/runs/on-cpu");
  assert.match(await page.locator(".verdict").textContent(), /closed, shown otherwise/);
  await page.getByRole("link", { name: "What would open it" }).click();
  const section = page.locator("#open");
  assert.ok(await section.evaluate((element) => element.getBoundingClientRect().top < innerHeight));
  const rule = section.locator(".closed-by tbody tr").first();
  assert.match(await rule.locator('[data-label="measured"]').textContent(), /1\.3 %/);
  assert.match(await rule.locator('[data-label="line"]').textContent(), /20 %.*default/);
  assert.match(await rule.locator('[data-label="distance"]').textContent(), /15 times below/);
  assert.match(await rule.locator('[data-label="what would open it"]').textContent(), /a recording that shows 20 % or more in place of 1\.3 %/);
  assert.match(await section.textContent(), /The one measurement that would open it.*stet record/s);
  // The files lie in the same place: dropped, then the second click.
  await drag(page, [sample("py-http-wait", "perf-stat.txt")], { stopAt: "dragOver" });
  assert.match(await page.locator(".upload-overlay").innerText(), /Drop to add to run on-cpu of py-http-wait/);
  await drag(page, [sample("py-http-wait", "perf-stat.txt")]);
  await state(page, "perf-stat.txt", "ready");
  await page.getByRole("button", { name: "Add to this run" }).click();
  await page.waitForURL(/rev=2$/);
  assert.match(await page.locator(".runline").textContent(), /revision 2 of 2/);
  const revisions = page.locator(".revisions tbody tr");
  assert.equal(await revisions.count(), 2);
  await revisions.nth(1).getByRole("link").click();
  await page.waitForURL(/\/runs\/on-cpu\?rev=1$/);
  assert.match(await page.locator(".notice").textContent(), /Newer evidence exists/);
  assert.deepEqual(trouble, []);
  await close();
});

for (const javaScriptEnabled of [true, false]) {
  test(`what nobody said is stated in the card's place, ${javaScriptEnabled ? "with" : "without"} scripts`, async () => {
    const project = javaScriptEnabled ? "py-native" : "async-150";
    const { runs } = await (await fetch(`${base}/api/v1/projects/${project}`)).json();
    const { page, trouble, close } = await open(`/projects/${project}/runs/${runs[0].run}`, { javaScriptEnabled });
    const load = page.locator(".card li", { hasText: /^\s*Load:/ });
    assert.match(await load.textContent(), /not known.*nobody has said whether it is like the real one/s);
    await load.getByRole("link", { name: "state it" }).click();
    assert.match(page.url(), /#ask-load_representative$/);
    const field = page.getByLabel("is this load like the real one?");
    assert.match(await page.locator("#hint-load_representative").textContent(), /Would settle: whether the numbers speak about production/);
    await field.selectOption({ label: "yes" });
    await page.getByRole("button", { name: "Use these numbers" }).click();
    await page.waitForURL(/rev=2$/);
    assert.match(await page.locator(".card li.good", { hasText: /^\s*Load:/ }).textContent(), /like the real one.*declared by/s);
    assert.match(await page.locator(".inputs").textContent(), /load_representative/);
    assert.deepEqual(trouble, []);
    await close();
  });
}

test("at most three questions stand first, and each says what it would settle", async () => {
  const { projects } = await (await fetch(`${base}/api/v1/projects?limit=500`)).json();
  const { page, close } = await open("/");
  let seen = 0;
  for (const project of projects.filter((one) => one.run)) {
    await page.goto(`${base}/projects/${project.name}/runs/${encodeURIComponent(project.run)}`);
    const first = page.locator("form.asks > .ask");
    seen += await first.count();
    assert.ok((await first.count()) <= 3, project.name);
    for (const words of await page.locator("form.asks .ask").allTextContents()) assert.match(words, /Would settle: \w+/);
  }
  assert.ok(seen > 0);
  await close();
});

test("files dropped on a decision become an objection with a run behind it", async () => {
  const { projects } = await (await fetch(`${base}/api/v1/projects?limit=500`)).json();
  let decision;
  for (const { name } of projects) {
    const { decisions } = await (await fetch(`${base}/api/v1/projects/${name}/decisions?standing=1`)).json();
    decision ??= decisions[0];
  }
  const { page, trouble, close } = await open(`/decisions/${decision.id}`);
  await drag(page, [sample("py-http-wait", "perf-stat.txt")], { stopAt: "dragOver" });
  assert.match(await page.locator(".upload-overlay").innerText(), /counter-evidence: becomes an objection to this decision/);
  await drag(page, [sample("py-http-wait", "perf-stat.txt")]);
  await state(page, "perf-stat.txt", "ready");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("What do they show?").fill("The service was measured again.");
  await dialog.getByLabel("your name").fill("a reader");
  await dialog.getByRole("button", { name: "Object with these" }).click();
  await page.getByText("The service was measured again.").first().waitFor();
  const { objections } = await (await fetch(`${base}/api/v1/decisions/${decision.id}`)).json();
  assert.ok(objections.some((one) => one.text === "The service was measured again." && one.run));
  assert.deepEqual(trouble, []);
  await close();
});

test("an upload that could not be analysed says why, and what to do", async () => {
  const broken = await fetch(`${base}/api/v1/projects/heard/profiles?run=broken&name=x.json`, {
    method: "POST", body: '{"nodes":[{"id":1,', headers: { Prefer: "respond-async" },
  });
  const { id } = await broken.json();
  const { page, close } = await open(`/profiles/${id}`);
  await page.getByRole("heading", { name: "This could not be analysed" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Send it again, or another file" }).getAttribute("href"), "/upload?project=heard");
  await close();
});
