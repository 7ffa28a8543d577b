// Writing: a proposal from the address that a flame graph gives, its preview, its faults, its decision, what is said
// about that, and the rules of the project.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { join, parts, read, show } from "../../web/static/pages/quantity.js";
import { launch } from "./site.mjs";

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const binary = process.env.STET_BIN ?? path.join(source, "build/release/stet");
let folder, server, base, browser;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "stet-editor-"));
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
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  const trouble = [];
  page.on("console", (message) => {
    // A refused document is an answer that the page shows; the browser logs it as well.
    if (["error", "warning"].includes(message.type()) && !/status of (422|409)/.test(message.text())) trouble.push(message.text());
  });
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(base)) trouble.push(`outside request: ${request.url()}`);
  });
  page.on("dialog", (dialog) => dialog.accept());
  await page.goto(base + address);
  return { page, trouble, close: () => context.close() };
}

// The preview has answered the newest question.
const settled = (page) => page.waitForSelector(".ed-preview[data-shown]:not([aria-busy])");
const fresh = "/projects/py-cpu-loop/proposals/new?name=sieve&match=*is_prime*&run=profiled";

test("a quantity is one line of text, and back", () => {
  const cases = [["", undefined], ["2", 2], ["1.5", 1.5], ["200k", 200000], ["1.1k", 1100], ["1.5M", 1500000], ["30 %", 0.3],
    ["18..24", { lo: 18, hi: 24 }], ["18..21..24", { lo: 18, mode: 21, hi: 24 }], ["p10 18 p90 24", { p10: 18, p90: 24 }],
    ["p10 1k, p90 2k", { p10: 1000, p90: 2000 }], ["-3", -3], [".5..1e3", { lo: 0.5, hi: 1000 }]];
  for (const [text, value] of cases) {
    assert.deepEqual(read(text), value, text);
    assert.deepEqual(read(show(value)), value, text);
    assert.deepEqual(read(join(parts(text))), value, text);
  }
  for (const text of ["two", "1,5", "1..", "1..2..3..4", "p10 1", "0x10", "Infinity", "1e999", "NaN", "k", "%"])
    assert.throws(() => read(text), Error, text);
  for (const value of [null, "2", true, [], { lo: 1 }, { p10: "a", p90: 2 }]) assert.equal(show(value), "");
});

test("from a flame graph to a decision, with the preview beside", async () => {
  const { page, trouble, close } = await open(fresh);
  await settled(page);
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "sieve");
  assert.equal(await page.getByLabel("Functions one pattern a line").inputValue(), "*is_prime*");
  assert.match(await page.locator(".ed-chance").textContent(), /not known/);
  assert.match(await page.locator(".ed-speed").textContent(), /sieve.*\dx/s);
  // What is missing leads to its field.
  await page.locator(".ed-preview").getByRole("button", { name: "people" }).click();
  assert.equal(await page.evaluate(() => document.activeElement.dataset.path), "cost.devs");
  await page.keyboard.type("1");
  const type = async (label, text) => page.locator(`[data-path="${label}"]`).fill(text);
  await type("title", "The sieve in Rust");
  await type("to", "rust");
  await type("cost.months", "1..2..4");
  await type("cost.rate_usd_year", "150k");
  await type("cost.failure_probability", "5 %..15 %");
  await type("benefit.ops_per_year", "100k");
  await type("benefit.usd_per_hour", "80");
  await type("benefit.op_s", "8");
  await page.waitForSelector(".ed-preview figure svg");
  await settled(page);
  await page.locator(".ed-chance b", { hasText: " %" }).waitFor();
  assert.equal(await page.locator(".ed-preview figure").count(), 2);

  // A slider moves the preview.
  const before = await page.locator(".ed-money").textContent();
  const slider = page.getByRole("slider", { name: "How often it runs" });
  await slider.focus();
  for (let i = 0; i < 40; i++) await page.keyboard.press("ArrowRight");
  await settled(page);
  assert.notEqual(await page.locator(".ed-money").textContent(), before);
  assert.notEqual(await page.locator('[data-path="benefit.ops_per_year"]').inputValue(), "100k");

  // Form and document are one.
  await page.getByRole("tab", { name: "document" }).click();
  const area = page.getByLabel("proposal document");
  const doc = JSON.parse(await area.inputValue());
  assert.deepEqual(doc.cost.months, { lo: 1, mode: 2, hi: 4 });
  assert.deepEqual(doc.cost.failure_probability, { lo: 0.05, hi: 0.15 });
  await area.fill(JSON.stringify({ ...doc, scope: "the sieve", x_ticket: [1, { a: null }] }));
  await page.getByRole("tab", { name: "form" }).click();
  assert.equal(await page.locator('[data-path="scope"]').inputValue(), "the sieve");
  await page.getByRole("button", { name: "add a claim" }).click();
  await page.getByLabel("Claim", { exact: true }).fill("A hundred times faster");
  await page.getByLabel("Times faster times").fill("100");
  await settled(page);

  await page.getByRole("button", { name: "Save and decide" }).click();
  await page.waitForURL(/\/decisions\//);
  assert.match(await page.locator(".question").textContent(), /sieve/i);
  const id = page.url().split("/").at(-1);
  const { proposal } = await (await fetch(`${base}/api/v1/decisions/${id}`)).json();
  assert.equal(proposal.claims.length, 1);
  const { proposals } = await (await fetch(`${base}/api/v1/projects/py-cpu-loop/proposals`)).json();
  const stored = await (await fetch(base + proposals[0].url)).json();
  assert.deepEqual(stored.proposal.x_ticket, [1, { a: null }]);
  assert.deepEqual(trouble, []);
  await close();
});

test("faults stand beside their fields, and nothing is saved", async () => {
  const { page, trouble, close } = await open(fresh);
  await settled(page);
  const months = page.locator('[data-path="cost.months"]');
  const fault = page.locator("#f-cost-months-error");
  await months.fill("soon");
  assert.match(await fault.textContent(), /no number/);
  assert.match(await page.locator(".ed-preview > .status").textContent(), /Of before the last change/);
  await months.fill("6..2");
  await page.locator("#f-cost-months-error", { hasText: "above hi" }).waitFor();
  await page.getByRole("button", { name: "Save the proposal" }).click();
  await page.locator(".ed-save .status", { hasText: "not saved" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.dataset.path), "cost.months");
  await months.fill("2..6");
  await page.locator("#f-cost-months-error:empty").waitFor({ state: "attached" });
  await page.getByRole("button", { name: "add a part" }).click();
  await page.locator('[data-path$=".match"]').last().fill("x*");
  await page.locator(".field-error", { hasText: "needs a name" }).waitFor();
  assert.deepEqual(trouble, []);
  await close();
});

test("what was typed outlives a reload, and the heaviest functions can be taken", async () => {
  const { page, trouble, close } = await open("/projects/py-cpu-loop/proposals/new?run=profiled");
  await settled(page);
  await page.locator('[data-path="title"]').fill("Kept");
  await page.getByRole("button", { name: "add a part" }).click();
  await page.getByLabel("Name", { exact: true }).last().fill("sieve");
  await page.locator(".offers").last().getByRole("button", { name: /is_prime/ }).click();
  assert.match(await page.getByLabel("Functions one pattern a line").last().inputValue(), /is_prime/);
  await settled(page);
  await page.reload();
  await settled(page);
  assert.equal(await page.locator('[data-path="title"]').inputValue(), "Kept");
  assert.match(await page.locator(".ed-speed").textContent(), /sieve/);
  await page.getByRole("button", { name: "Begin again" }).click();
  await page.waitForSelector(".ed-preview[data-shown]");
  assert.equal(await page.locator('[data-path="title"]').inputValue(), "");
  assert.deepEqual(trouble, []);
  await close();
});

test("a text is checked line by line", async () => {
  const { page, trouble, close } = await open(`${fresh}#text`);
  await page.getByLabel("Text", { exact: true }).fill("# Plan\n\nA rewrite gives a 1000x speed-up of the whole program.\n<img src=x onerror=x()> costs 3 USD");
  await page.getByRole("button", { name: "Check it" }).click();
  const row = page.locator("#text-findings tr", { hasText: "1000x speed-up" });
  assert.match(await row.locator(".remark.closed").textContent(), /at|most|above/);
  assert.equal(await page.locator("#text-findings img").count(), 0);
  assert.deepEqual(trouble, []);
  await close();
});

test("written by keyboard alone, and without scripts", async () => {
  const { page, close } = await open("/projects/by-hand/proposals/new");
  await settled(page);
  const title = page.locator('[data-path="title"]');
  await title.focus();
  await page.keyboard.type("By keyboard");
  await page.keyboard.press("Tab");
  await page.keyboard.type("one part");
  await page.keyboard.press("Tab");
  await page.keyboard.type("python");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/proposals\/(?!new$)[0-9a-z]+$/);
  assert.equal(await page.locator("h1").textContent(), "By keyboard");
  await close();
  const plain = await open("/projects/by-hand/proposals/new", { javaScriptEnabled: false });
  await plain.page.locator('[name="title"]').fill("Without scripts");
  await plain.page.locator('[name="cost.devs"]').fill("2..3");
  await plain.page.getByRole("button", { name: "Save the proposal" }).click();
  await plain.page.waitForURL(/\/proposals\/(?!new$)[0-9a-z]+$/);
  assert.match(await plain.page.locator("main").textContent(), /people\s*2 to 3/);
  await plain.page.getByRole("link", { name: "Edit" }).click();
  assert.equal(await plain.page.locator('[name="cost.devs"]').inputValue(), "2..3");
  await plain.close();
});

test("from a closed gate, evidence against it is two clicks away", async () => {
  const { decisions } = await (await fetch(`${base}/api/v1/projects/governed-swarm/decisions`)).json();
  const { page, trouble, close } = await open(decisions[0].url);
  // One: what would open it. One and a file chooser: what speaks against it.
  const jump = page.getByRole("navigation", { name: "on this page" });
  await jump.getByRole("link", { name: "what would open it" }).click();
  assert.match(page.url(), /#when-head$/);
  await jump.getByRole("link", { name: "object with evidence" }).click();
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByLabel("Recordings that show otherwise").click()]);
  await chooser.setFiles(path.join(source, "profiles/cases/py-http-wait/on-cpu.svg"));
  const form = page.locator("#object");
  await form.getByLabel("What they show").fill("<b>It waits</b>");
  await form.getByLabel("Your name").fill("somebody");
  await form.getByRole("button", { name: "Object" }).click();
  const row = page.locator("#objections tr", { hasText: "<b>It waits</b>" });
  await row.waitFor();
  assert.match(await row.textContent(), /not answered yet/);
  assert.match(await row.getByRole("link").getAttribute("href"), /\/projects\/governed-swarm\/runs\//);

  await page.getByLabel("Answer", { exact: true }).fill("Another program.");
  await page.getByRole("button", { name: "Answer it" }).click();
  await page.locator("#objections td", { hasText: "Another program." }).waitFor();
  const waiver = page.locator("#waiver");
  await waiver.getByLabel("Reason").fill("A launch.");
  await waiver.getByLabel("Until").fill("2099-01-31");
  await waiver.getByLabel("Your name").fill("somebody");
  await waiver.getByRole("button", { name: "Ask for it" }).click();
  await page.getByLabel("Your name, as the one who answers for it").fill("the lead");
  await page.getByRole("button", { name: "Grant it" }).click();
  await page.locator(".verdict .gate", { hasText: "waived" }).waitFor();
  const vote = page.locator("form[action$='/votes']");
  await vote.getByLabel("against").check();
  await vote.getByRole("button", { name: "Vote" }).click();
  await page.locator(".votes", { hasText: "0 for, 1 against" }).waitFor();
  await page.getByRole("button", { name: "Accept" }).click();
  await page.locator(".runline", { hasText: "accepted" }).waitFor();
  assert.deepEqual(trouble, []);
  await close();
});

test("rules are tried out before they are saved", async () => {
  const { page, trouble, close } = await open("/projects/governed-swarm/policies");
  const save = page.getByRole("button", { name: "Save as a new version" });
  const status = page.locator(".ed-trial .status");
  assert.equal(await save.isDisabled(), true);
  // Names are completed, and a fault names its line.
  const rules = page.getByLabel(/Rules, one a line/);
  await rules.focus();
  await page.keyboard.press("Control+End");
  if ((await rules.inputValue()) !== "") await page.keyboard.press("Enter");
  await page.keyboard.type("OWN-9 | cpu_share_");
  const names = page.getByRole("listbox", { name: "names of facts" });
  await names.getByRole("option").first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.match(await rules.inputValue(), /cpu_share_(lo|est|hi)$/);
  await page.keyboard.type(" < | undecided | absence | Not here.");
  await page.locator("[data-own-place] .field-error", { hasText: /line \d+.*OWN-9/ }).waitFor();
  assert.equal(await save.isDisabled(), true);
  await page.getByRole("button", { name: /go to line/ }).click();
  assert.match(await rules.evaluate((area) => area.value.slice(area.selectionStart, area.selectionEnd)), /^OWN-9/);
  await page.keyboard.press("End");
  await rules.evaluate((area) => {
    area.value = area.value.replace(/cpu_share_\w+ </, "1");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await page.locator(".ed-trial .status", { hasText: /would change/ }).waitFor();
  assert.equal(await save.isDisabled(), false);
  const rows = page.locator(".ed-trial tbody tr");
  if ((await rows.count()) > 0) assert.match(await rows.first().textContent(), /OWN-9 fires/);
  // Another letter, and it has to be tried out again.
  await page.getByLabel(/CPU share below which/).fill("0.2x");
  assert.equal(await save.isDisabled(), true);
  assert.match(await page.locator("td", { has: page.locator("[data-line=wait_bound_threshold]") }).textContent(), /no number/);
  await page.getByLabel(/CPU share below which/).fill("0.1");
  await page.locator(".ed-trial .status", { hasText: /would change/ }).waitFor();
  await save.click();
  await page.locator("p", { hasText: /^Version \d+/ }).waitFor();
  await page.locator(".policies [data-version-row]").nth(1).waitFor();
  assert.equal(await page.locator("[data-line=wait_bound_threshold]").inputValue(), "0.1");
  await page.getByRole("button", { name: "compare with the one before" }).first().click();
  await page.locator(".ed-difference ins", { hasText: "wait_bound_threshold" }).waitFor();
  assert.deepEqual(trouble, []);
  await close();
  const plain = await open("/projects/governed-swarm/policies", { javaScriptEnabled: false });
  assert.match(await plain.page.locator("main").textContent(), /OWN-9/);
  assert.equal(await plain.page.locator("[data-line]:not([readonly])").count(), 0);
  await plain.close();
});

test("the form fits a phone in both themes, and every control has a name", async () => {
  for (const [width, colorScheme] of [[390, "light"], [1400, "dark"]]) {
    const { page, trouble, close } = await open(fresh, { viewport: { width, height: 844 }, colorScheme });
    await settled(page);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width);
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll("main input, main select, main textarea")]
        .filter((field) => !field.labels?.length && !field.getAttribute("aria-label"))
        .map((field) => field.outerHTML));
    assert.deepEqual(nameless, []);
    assert.deepEqual(trouble, []);
    await close();
  }
});
