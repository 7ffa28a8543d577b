// What holds for every page of the service: no complaint, nothing from outside, read by everybody, at every width, on paper,
// without scripts, and light enough for a slow line. Pictures of all of them are kept in the build folder.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before, test } from "node:test";
import { everyPage, settled, startService } from "./service.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.env.STET_BUILD && path.join(process.env.STET_BUILD, "screenshots");

let service, pages;
before(async () => {
  service = await startService();
  pages = await everyPage(service);
  if (pictures) mkdirSync(pictures, { recursive: true });
});
after(() => service?.close());

// All pages are looked at before the test says what it found.
async function each(options, look) {
  const complaints = [];
  for (const [name, address] of pages) {
    const opened = await service.open(address, options);
    try {
      for (const text of (await look(opened, name, address)) ?? []) complaints.push(`${name}: ${text}`);
    } finally {
      await opened.close();
    }
  }
  assert.deepEqual(complaints, []);
}

async function seriousFindings() {
  const result = await globalThis.axe.run(document, { resultTypes: ["violations"] });
  return result.violations
    .filter((violation) => ["serious", "critical"].includes(violation.impact))
    .map((violation) => `${violation.id}: ${violation.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}

async function looked({ page, trouble, status }, name, look) {
  await settled(page);
  if (pictures) await page.screenshot({ path: path.join(pictures, `${name}-${look}.png`), fullPage: true });
  await page.evaluate(axe);
  const found = await page.evaluate(seriousFindings);
  if (status !== (name === "missing" ? 404 : 200)) found.push(`status ${status}`);
  if ((await page.locator("h1").count()) !== 1) found.push("not one h1");
  return [...found, ...trouble.filter((text) => status === 200 || !text.includes("404"))];
}

test("in the light every page loads cleanly, axe finds nothing serious, and it prints", async () => {
  await each({ colorScheme: "light", viewport: { width: 1400, height: 900 } }, async (opened, name) => {
    const found = await looked(opened, name, "light");
    const pdf = await opened.page.pdf({ format: "A4", path: pictures ? path.join(pictures, `${name}.pdf`) : undefined });
    if (pdf.subarray(0, 5).toString() !== "%PDF-") found.push("no PDF");
    return found;
  });
});

test("in the dark as well, and with all that it loads a page is at most 150 KB on the line", async () => {
  let bytes;
  const before = async (page) => {
    const client = await page.context().newCDPSession(page);
    const data = new Set();
    bytes = 0;
    await client.send("Network.enable");
    client.on("Network.responseReceived", ({ requestId, response }) => {
      // The profile itself is what was asked for, not the page.
      if (response.mimeType === "application/vnd.stet.flame") data.add(requestId);
    });
    client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      if (!data.has(requestId)) bytes += encodedDataLength;
    });
  };
  await each({ colorScheme: "dark", viewport: { width: 1400, height: 900 }, before }, async (opened, name) => {
    const found = await looked(opened, name, "dark");
    if (bytes > 150_000) found.push(`${bytes} bytes`);
    return found;
  });
});

test("nothing scrolls sideways from a phone to a wall", async () => {
  await each({ viewport: { width: 390, height: 844 } }, async ({ page }, name) => {
    await settled(page);
    if (pictures) await page.screenshot({ path: path.join(pictures, `${name}-390.png`), fullPage: true });
    const found = [];
    for (const width of [390, 768, 2560]) {
      await page.setViewportSize({ width, height: 900 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) found.push(`${wide} px wide at ${width}`);
    }
    return found;
  });
});

test("every page can be read without scripts", async () => {
  await each({ javaScriptEnabled: false }, async ({ page }, name) => {
    const words = (await page.locator("main").innerText()).split(/\s+/).length;
    const few = name === "missing" || name === "login" ? 5 : 25;
    return (await page.locator("h1").count()) === 1 && words >= few ? [] : [`says ${words} words`];
  });
});
