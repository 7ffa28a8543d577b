// Page one is for somebody who decides and does not profile: no term of art stands on it, on any report and any decision of
// the samples; it fits one sheet; and an older link says what became of it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sheet } from "./looks.mjs";
import { startService } from "./service.mjs";

// Words that need a glossary. Names of projects, functions and files are somebody else's words: they stand in <code> or are
// taken out before.
const art = [
  /\b[A-Z]{2,4}-\d{2}\b/, // ids of rules
  /\b[a-z]+(?:_[a-z0-9]+)+\b/, // names of facts
  /\bn_?eff\b/i, /\beffective samples\b/i, /\bsamples?\b/i, /\bceilings?\b/i, /\baddressable\b/i,
  /\bNPV\b/, /\bROI\b/, /\bP\d\d?\/P\d\d?\b/, /\bP\(/, /\bPERT\b/, /\blognormal\b/i, /\bquantiles?\b/i, /\bMonte Carlo\b/i, /\bAmdahl\b/, /\btornado\b/i,
  /\bWilson\b/, /\bp-value\b/i, /\bconfidence\b/i, /\bpredicates?\b/i, /\brule packs?\b/i, /\bserde\b/i,
  /\bon-CPU\b/i, /\boff-CPU\b/i, /\bstack frames?\b/i, /\bnull\b/, /\bNaN\b/,
];

let service;
before(async () => {
  service = await startService();
});
after(() => service?.close());

async function sheets() {
  const found = [];
  const { projects } = await service.json("/api/v1/projects?limit=500");
  for (const project of projects) {
    for (const run of (await service.json(`/api/v1/projects/${project.name}`)).runs ?? [])
      found.push(`/projects/${project.name}/runs/${encodeURIComponent(run.run)}`);
    for (const decision of (await service.json(`/api/v1/projects/${project.name}/decisions`)).decisions ?? [])
      found.push(`/decisions/${decision.id}`);
  }
  return found;
}

test("no term of art on page one, and it fits one sheet", async () => {
  const complaints = [];
  const addresses = await sheets();
  assert.ok(addresses.length > 30);
  const { page, close } = await service.open("/", { ...sheet, javaScriptEnabled: true });
  await page.emulateMedia({ media: "print" });
  for (const address of addresses) {
    await page.goto(service.base + address, { waitUntil: "load" });
    const { text, bottom } = await page.locator(".sheet").first().evaluate((element) => {
      const copy = element.cloneNode(true);
      for (const quoted of copy.querySelectorAll("code, .command, svg, form, .names")) quoted.remove();
      return { text: copy.textContent, bottom: Math.round(element.getBoundingClientRect().bottom) };
    });
    for (const word of art) {
      const hit = text.match(word);
      if (hit) complaints.push(`${address}: ${hit[0]}: ...${text.slice(Math.max(0, hit.index - 60), hit.index + 60).replace(/\s+/g, " ")}...`);
    }
    if (bottom > sheet.viewport.height) complaints.push(`${address} ends at ${bottom} px of ${sheet.viewport.height}`);
  }
  await close();
  assert.deepEqual(complaints, []);
});
