// The pages in a real browser under the service's content policy: nothing blocked, nothing fetched from elsewhere,
// usable by keyboard, readable on a phone, in the dark and on paper.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { contrast, openPage, sheet, sheetHeight } from "./looks.mjs";
import { openSite } from "./site.mjs";

let site;
before(async () => {
  site = await openSite();
});
after(() => site?.close());

const open = (name, options) => openPage(site, name, options);

test("every page loads without a complaint and without an outside request", async () => {
  assert.ok(site.pages.length >= 12);
  for (const name of site.pages.filter((page) => !page.startsWith("alone-"))) {
    const { page, trouble, close } = await open(name);
    assert.equal(await page.locator("h1").count(), 1, name);
    assert.deepEqual(trouble, [], name);
    await close();
  }
});

test("the report as one file asks for nothing", async () => {
  const context = await site.browser.newContext();
  const page = await context.newPage();
  const requests = [];
  const body = await (await fetch(`${site.base}/alone-w1b.html`)).text();
  page.on("request", (request) => requests.push(request.url()));
  await page.setContent(body);
  const colour = await page.locator(".verdict h1").evaluate((element) => getComputedStyle(element).color);
  assert.equal(colour, "rgb(143, 90, 0)");
  assert.deepEqual(requests.filter((url) => url.startsWith("http")), []);
  await context.close();
});

test("nothing scrolls sideways at 390 px", async () => {
  for (const name of site.pages) {
    const { page, close } = await open(name, { viewport: { width: 390, height: 844 } });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 390, `${name} is ${width} px wide`);
    await close();
  }
});

test("text can be read, light and dark", async () => {
  for (const colorScheme of ["light", "dark"]) {
    for (const name of ["report-w1a.html", "report-w1b.html", "report-w2.html", "home.html", "upload.html", "error.html"]) {
      const { page, close } = await open(name, { colorScheme });
      assert.deepEqual(await page.evaluate(contrast), [], `${name} ${colorScheme}`);
      await close();
    }
  }
});

test("page one fits one A4 sheet", async () => {
  for (const name of ["report-w1a.html", "report-w1b.html", "report-w2.html", "report-w6a.html", "report-w9b.html"]) {
    const { page, close } = await open(name, sheet);
    const bottom = await sheetHeight(page);
    assert.ok(bottom <= sheet.viewport.height, `${name} ends at ${bottom} px`);
    assert.equal(await page.locator("form:visible").count(), 0);
    await close();
  }
});

test("a file is chosen and sent by keyboard, and the report opens", async () => {
  const { page, trouble, close } = await open("upload.html");
  await page.locator("#file").setInputFiles({ name: "a.folded", mimeType: "text/plain", buffer: Buffer.from("a;b 1\n") });
  assert.match(await page.locator(".chosen").textContent(), /a\.folded\s*6 bytes/);
  await page.locator("#project").fill("order-service");
  await page.locator("#run").fill("r 1");
  await page.locator("#project").press("Enter");
  await page.waitForURL("**/report-w1b.html");
  assert.equal(site.uploads.at(-1).path, "/api/v1/projects/order-service/profiles?run=r+1&name=a.folded");
  assert.deepEqual(trouble, []);
  await close();
});

test("what the server refuses is said in its words", async () => {
  const { page, close } = await open("upload.html");
  await page.locator("#file").setInputFiles({ name: "a.png", mimeType: "image/png", buffer: Buffer.from("x") });
  await page.locator("#project").fill("broken");
  await page.locator("#project").press("Enter");
  await page.getByRole("status").filter({ hasText: "The file is broken: line 3" }).waitFor();
  await close();
});

test("a function is found in the flame graph", async () => {
  const { page, close } = await open("report-w1b.html");
  await page.locator("#flame-search").fill("edit_distance");
  assert.match(await page.locator(".flame-tools .status").textContent(), /^1 box$/);
  assert.equal(await page.locator("svg g.hit").count(), 1);
  await close();
});

test("everything is there without scripts", async () => {
  const { page, close } = await open("report-w1a.html", { javaScriptEnabled: false });
  for (const text of ["Not decided yet", "What to do next", "What each file proves", "Use these numbers", "Versions and hashes"]) {
    assert.equal(await page.getByText(text, { exact: true }).count(), 1, text);
  }
  assert.equal(await page.locator("form.drop").getAttribute("enctype"), "multipart/form-data");
  await close();
});
