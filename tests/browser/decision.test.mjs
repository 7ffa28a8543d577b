// Decisions and proposals in a real browser: page one on one sheet, readable on a phone and in the dark, whole without
// scripts, nothing asked of anybody else; and the decisions of the bundled cases the same.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { contrast, openPage, sheet, sheetHeight } from "./looks.mjs";
import { openSite } from "./site.mjs";

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const binary = process.env.STET_BIN ?? path.join(source, "build/dev/stet");
const plain = ["decision_closed", "decision_open", "decision_part", "decision_bare", "decision_after", "decision_foreign"];
const cases = [
  ["azlin", ["a2.proposal.json", "--facts", "a3.facts.json", "--policy", "stet.json"]],
  ["agent-bus", ["proposal.json", "--facts", "facts.json", "--policy", "stet.json"]],
  ["governed-swarm", ["proposal.json", "--facts", "stages.facts.json", "--policy", "stet.json"]],
  ["meter-days", ["proposal.json", "--evidence", "before.speedscope.json", "--evidence", "before.perf-stat.txt"]],
  ["meter-days", ["extension.proposal.json", "--evidence", "before.speedscope.json", "--evidence", "before.perf-stat.txt"]],
];

let site;
before(async () => {
  site = await openSite("unit_report_decision_html");
});
after(() => site?.close());
const open = (name, options) => openPage(site, name, options);

test("every page loads without a complaint and without an outside request", async () => {
  assert.ok(site.pages.length >= 15);
  for (const name of site.pages.filter((page) => !page.startsWith("alone-"))) {
    const { page, trouble, close } = await open(name);
    assert.equal(await page.locator("h1").count(), 1, name);
    assert.deepEqual(trouble, [], name);
    await close();
  }
});

test("nothing scrolls sideways at 390 px", async () => {
  for (const name of site.pages) {
    const { page, close } = await open(name, { viewport: { width: 390, height: 844 } });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 390, `${name} is ${width} px wide`);
    await close();
  }
});

test("page one fits one A4 sheet, whatever was sent", async () => {
  for (const name of [...plain, "decision_hostile"]) {
    const { page, close } = await open(`${name}.html`, sheet);
    const bottom = await sheetHeight(page);
    assert.ok(bottom <= sheet.viewport.height, `${name} ends at ${bottom} px`);
    await close();
  }
});

test("text can be read, light and dark", async () => {
  for (const colorScheme of ["light", "dark"]) {
    for (const name of [...plain, "page_proposals", "page_proposal"]) {
      const { page, close } = await open(`${name}.html`, { colorScheme });
      assert.deepEqual(await page.evaluate(contrast), [], `${name} ${colorScheme}`);
      await close();
    }
  }
});

test("tables have heads, and headings do not jump", async () => {
  for (const name of site.pages.filter((page) => !page.startsWith("alone-"))) {
    const { page, close } = await open(name);
    const odd = await page.evaluate(() => {
      const levels = [...document.querySelectorAll("main h1, main h2, main h3")].map((h) => Number(h.tagName[1]));
      const jumps = levels.filter((level, i) => level > (i ? levels[i - 1] : 1) + 1);
      const bare = [...document.querySelectorAll("main table")].filter((table) => !table.querySelector("th[scope]"));
      return jumps.length + bare.length;
    });
    assert.equal(odd, 0, name);
    await close();
  }
});

test("everything is there without scripts", async () => {
  const { page, close } = await open("decision_closed.html", { javaScriptEnabled: false });
  for (const text of ["Fix the waiting first", "Whether it pays back", "Effort and risk", "When it would make sense", "Watch list",
    "What this evidence cannot show", "Versions and hashes", "Record"]) {
    assert.ok((await page.getByText(text, { exact: true }).count()) >= 1, text);
  }
  assert.equal(await page.locator(".pictures svg").count(), 3);
  await close();
});

test("decisions of the bundled cases fit their sheet and ask for nothing", async () => {
  for (const [name, args] of cases) {
    const html = execFileSync(binary, ["decide", ...args, "--out", "html"],
      { cwd: path.join(source, "profiles/cases", name), encoding: "utf8" });
    for (const width of [sheet.viewport.width, 390]) {
      const context = await site.browser.newContext({ viewport: { width, height: sheet.viewport.height } });
      const page = await context.newPage();
      const requests = [];
      page.on("request", (request) => requests.push(request.url()));
      await page.setContent(html);
      if (width === 390) {
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= 390, `${name} is ${wide} px wide`);
      } else {
        const bottom = await sheetHeight(page);
        assert.ok(bottom <= sheet.viewport.height, `${name} ${args[0]} ends at ${bottom} px`);
      }
      assert.deepEqual(requests.filter((url) => url.startsWith("http")), []);
      await context.close();
    }
  }
});
