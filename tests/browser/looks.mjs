// How a page is looked at: opened with its troubles noted, measured on paper, read against its background.
export async function openPage(site, name, options = {}) {
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

// A4 less 14 mm on each side, at 96 dots an inch.
export const sheet = { viewport: { width: 688, height: 1017 } };

export async function sheetHeight(page) {
  await page.emulateMedia({ media: "print" });
  return Math.round(await page.locator(".sheet").evaluate((element) => element.getBoundingClientRect().bottom));
}

// WCAG 2: (lighter + 0.05) / (darker + 0.05), 4.5 for text.
export function contrast() {
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
