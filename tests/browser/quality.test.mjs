// What holds for every page of the service: no complaint, nothing from outside, read by everybody, at every width, on paper,
// without scripts, and light enough for a slow line. Pictures of all of them are kept in the build folder.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before, test } from "node:test";
import { everyPage, startService } from "./service.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.env.STET_BUILD && path.join(process.env.STET_BUILD, "screenshots");

let service, pages;
before(async () => {
  service = await startService();
  pages = await everyPage(service);
  if (pictures) mkdirSync(pictures, { recursive: true });
});
after(() => service?.close());

// A page is there when its own modules said that they are done with it.
const settled = (page) => page.waitForLoadState("networkidle");

for (const colorScheme of ["light", "dark"]) {
  test(`every page in the ${colorScheme}: loads cleanly, and axe finds nothing serious`, async () => {
    for (const [name, address] of pages) {
      const { page, trouble, status, close } = await service.open(address, { colorScheme, viewport: { width: 1400, height: 900 } });
      await settled(page);
      const expected = name === "missing" ? 404 : 200;
      assert.equal(status, expected, address);
      assert.deepEqual(trouble.filter((text) => status === 200 || !text.includes("404")), [], address);
      assert.equal(await page.locator("h1").count(), 1, address);
      if (pictures) await page.screenshot({ path: path.join(pictures, `${name}-${colorScheme}.png`), fullPage: true });
      await page.evaluate(axe);
      const found = await page.evaluate(async () => {
        const result = await globalThis.axe.run(document, { resultTypes: ["violations"] });
        return result.violations
          .filter((violation) => ["serious", "critical"].includes(violation.impact))
          .map((violation) => `${violation.id}: ${violation.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
      });
      assert.deepEqual(found, [], address);
      await close();
    }
  });
}

test("nothing scrolls sideways from a phone to a wall", async () => {
  for (const [name, address] of pages) {
    const { page, close } = await service.open(address, { viewport: { width: 390, height: 844 } });
    await settled(page);
    for (const width of [390, 768, 2560]) {
      await page.setViewportSize({ width, height: 900 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${name} is ${wide} px wide at ${width}`);
      if (pictures && width === 390) await page.screenshot({ path: path.join(pictures, `${name}-390.png`), fullPage: true });
    }
    await close();
  }
});

test("every page can be read without scripts", async () => {
  for (const [name, address] of pages) {
    const { page, close } = await service.open(address, { javaScriptEnabled: false });
    assert.equal(await page.locator("h1").count(), 1, name);
    const words = (await page.locator("main").innerText()).split(/\s+/).length;
    assert.ok(words >= (name === "missing" || name === "login" ? 5 : 25), `${name} says ${words} words without scripts`);
    await close();
  }
});

test("every page prints", async () => {
  for (const [name, address] of pages) {
    const { page, close } = await service.open(address);
    await settled(page);
    const file = pictures ? path.join(pictures, `${name}.pdf`) : undefined;
    const pdf = await page.pdf({ format: "A4", path: file });
    assert.equal(pdf.subarray(0, 5).toString(), "%PDF-", name);
    await close();
  }
});

test("every page with all that it loads is at most 150 KB on the line", async () => {
  for (const [name, address] of pages) {
    const { page, close } = await service.open("/healthz");
    const client = await page.context().newCDPSession(page);
    await client.send("Network.enable");
    let bytes = 0;
    const data = new Set();
    client.on("Network.responseReceived", ({ requestId, response }) => {
      // The profile itself is what was asked for, not the page.
      if (response.mimeType === "application/vnd.stet.flame") data.add(requestId);
    });
    client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      if (!data.has(requestId)) bytes += encodedDataLength;
    });
    await page.goto(service.base + address);
    await settled(page);
    assert.ok(bytes <= 150_000, `${name} weighs ${bytes} bytes`);
    await close();
  }
});
