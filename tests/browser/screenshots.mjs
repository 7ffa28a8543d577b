// Pictures of every page: node screenshots.mjs FOLDER [PART OF NAME [WRITER]]. Light and dark at desk width, light at 390 px, and as on paper.
import { mkdirSync } from "node:fs";
import path from "node:path";
import { openSite } from "./site.mjs";

const folder = process.argv[2];
if (!folder) {
  console.error("usage: node screenshots.mjs FOLDER");
  process.exit(3);
}
mkdirSync(folder, { recursive: true });
const looks = [
  { name: "light", width: 1200, height: 900, colorScheme: "light" },
  { name: "dark", width: 1200, height: 900, colorScheme: "dark" },
  { name: "390", width: 390, height: 844, colorScheme: "light" },
  { name: "390-dark", width: 390, height: 844, colorScheme: "dark" },
];
const site = await openSite(process.argv[4]);
for (const look of looks) {
  const context = await site.browser.newContext({
    viewport: { width: look.width, height: look.height },
    colorScheme: look.colorScheme,
  });
  const page = await context.newPage();
  for (const name of site.pages.filter((page) => !process.argv[3] || page.includes(process.argv[3]))) {
    await page.goto(`${site.base}/${name}`);
    await page.screenshot({ path: path.join(folder, `${name.replace(".html", "")}-${look.name}.png`), fullPage: true });
    if (look.name === "light") await page.pdf({ path: path.join(folder, name.replace(".html", ".pdf")), format: "A4" });
  }
  await context.close();
}
await site.close();
