// The picture as an SVG document of its own: presentation attributes only (no style, no script), every name escaped.
import { cssColour } from "./colours.js";
import { DIM, FONT_SIZE, STRIP, endOf, paintOf } from "./paint.js";

export function escapeXml(text) {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, "\ufffd")
    .replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const LINES = {
  rising: '<path d="M-2 6 6 -2M2 10 10 2" stroke-width="1.6"/>',
  falling: '<path d="M-2 2 6 10M2 -2 10 6" stroke-width="1.6"/>',
  steep: '<path d="M4 0V8" stroke-width="1.6"/>',
  dots: '<circle cx="4" cy="4" r="1.1" stroke-width="0.4"/>',
};

const number = (value) => String(Math.round(value * 100) / 100);

// labels: the Painter, which knows names and cuts them.
export function toSvg(list, { tree, data, styles, dim, top, rowHeight }, { width, height, theme, labels }) {
  const patterns = new Map();
  const fillOf = (made) => {
    if (!made.pattern) return cssColour(made.fill);
    const key = `${made.pattern}${cssColour(made.fill)}`;
    if (!patterns.has(key)) {
      const id = `p${patterns.size}`;
      const stripe = cssColour(made.stripe);
      patterns.set(key, { id, text: `<pattern id="${id}" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="${cssColour(made.fill)}"/><g stroke="${stripe}" fill="${made.pattern === "dots" ? stripe : "none"}">${LINES[made.pattern]}</g></pattern>` });
    }
    return `url(#${patterns.get(key).id})`;
  };
  const parts = [];
  for (let i = 0; i < list.count; i++) {
    const n = list.node[i];
    const strip = list.isStrip(i);
    const wide = list.right[i] - list.left[i];
    const y = top(tree.depth[n]);
    const made = paintOf(styles.entries[styles.of(n)], theme, (strip ? STRIP : 0) + (dim(n) ? DIM : 0));
    const from = Math.round(list.left[i] * 2);
    const rect = `x="${from / 2}" y="${number(y)}" width="${(endOf(from, list.right[i], 2, strip) - from) / 2}" height="${rowHeight - 1}"`;
    if (strip) {
      parts.push(`<rect ${rect} fill="${fillOf(made)}"><title>${list.span[i]} narrower boxes</title></rect>`);
      continue;
    }
    const share = tree.share(n);
    const title = escapeXml(`${data.name(tree.frame[n])}${share === null ? "" : `, ${Number((share * 100).toPrecision(3))} %`}`);
    const text = escapeXml(labels.text(tree.frame[n], wide - 9));
    const name = text ? `<text x="${number(list.left[i] + 4)}" y="${number(y + rowHeight / 2 + FONT_SIZE * 0.34)}" fill="${cssColour(made.ink)}">${text}</text>` : "";
    parts.push(`<g><title>${title}</title><rect ${rect} fill="${fillOf(made)}"/>${name}</g>`);
  }
  const title = escapeXml(`Flame graph: ${data.name(NaN)}`);
  const defs = [...patterns.values()].map((pattern) => pattern.text).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${number(width)}" height="${number(height)}" viewBox="0 0 ${number(width)} ${number(height)}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}"><title>${title}</title><defs>${defs}</defs><rect width="100%" height="100%" fill="${cssColour(theme.ground)}"/>${parts.join("\n")}</svg>\n`;
}
