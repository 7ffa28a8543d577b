// The pages in a real browser under the service's content policy: nothing blocked, nothing fetched from elsewhere,
// usable by keyboard, readable on a phone, in the dark and on paper.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openSite } from "./site.mjs";

let site;
before(async () => {
  site = await openSite();
});
after(() => site?.close());

async function open(name, options = {}) {
  const context = await site.browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
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
    if (!request.url().startsWith(site.base)) trouble.push(`outside request: ${request.url()}`);
  });
  await page.goto(`${site.base}/${name}`);
  return { page, trouble, close: () => context.close() };
}

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

// WCAG 2: (lighter + 0.05) / (darker + 0.05), 4.5 for text.
function contrast() {
  const channel = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
  const worst = [];
  for (const element of document.querySelectorAll("main *:not(svg *)")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "");
    if (!own || element.getClientRects().length === 0) continue;
    let back = element;
    while (back && (parse(getComputedStyle(back).backgroundColor)[3] ?? 1) === 0) back = back.parentElement;
    const a = luminance(parse(getComputedStyle(element).color));
    const b = luminance(parse(back ? getComputedStyle(back).backgroundColor : "rgb(255,255,255)"));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) worst.push(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return worst;
}

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
  // 210 x 297 mm less 14 mm on each side, at 96 dots an inch.
  for (const name of ["report-w1a.html", "report-w1b.html", "report-w2.html", "report-w6a.html", "report-w9b.html"]) {
    const { page, close } = await open(name, { viewport: { width: 688, height: 1017 } });
    await page.emulateMedia({ media: "print" });
    const bottom = await page.locator(".sheet").evaluate((element) => element.getBoundingClientRect().bottom);
    assert.ok(bottom <= 1017, `${name} ends at ${Math.round(bottom)} px`);
    assert.equal(await page.locator("form:visible").count(), 0);
    await close();
  }
});

test("a file is chosen and sent by keyboard, and the report opens", async () => {
  const { page, trouble, close } = await open("upload.html");
  await page.locator("#file").setInputFiles({ name: "a.folded", mimeType: "text/plain", buffer: Buffer.from("a;b 1\n") });
  assert.match(await page.locator(".chosen").textContent(), /a\.folded, 6 bytes/);
  await page.locator("#project").fill("order-service");
  await page.locator("#run").fill("r 1");
  await page.locator("#project").press("Enter");
  await page.waitForURL("**/report-w1b.html");
  assert.equal(site.uploads.at(-1).path, "/api/v1/projects/order-service/profiles?run=r+1");
  assert.deepEqual(trouble, []);
  await close();
});

test("what the server refuses is said in its words", async () => {
  const { page, close } = await open("upload.html");
  await page.locator("#file").setInputFiles({ name: "a.png", mimeType: "image/png", buffer: Buffer.from("x") });
  await page.locator("#project").fill("broken");
  await page.locator("#project").press("Enter");
  await page.getByText("The file is broken: line 3").waitFor();
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
