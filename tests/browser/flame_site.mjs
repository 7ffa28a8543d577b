// A page with one flame graph, from the files of web/static, behind a small server under the service's own policy.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { launch, policy } from "./site.mjs";

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const types = { ".css": "text/css", ".js": "text/javascript" };

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>flame</title>
<link rel="stylesheet" href="/static/app.css"><link rel="stylesheet" href="/here.css">
<div class="place"><canvas id="flame"></canvas></div><script type="module" src="/here.js"></script></html>`;
const STYLE = "html, body { margin: 0 } .place { position: relative } #flame { display: block; width: 100vw; height: 100vh }";
const SCRIPT = `import { loadFlame } from "/static/flame/data.js";
import { buildTree } from "/static/flame/tree.js";
import { FlameCanvas } from "/static/flame/draw.js";
import { compile } from "/static/flame/match.js";
window.flame = { loadFlame, buildTree, FlameCanvas, compile };
window.show = async (name, view = {}, mode = {}, options = {}) => {
  window.heard = [];
  const hear = (what) => (...values) => window.heard.push([what, ...values]);
  window.canvas?.destroy();
  window.canvas = new FlameCanvas(document.querySelector("#flame"), { onHover: hear("hover"), onSelect: hear("select"), onZoom: hear("zoom"), animate: false, ...options });
  window.data = await loadFlame("/data/" + name);
  canvas.setData(data);
  canvas.setMode(mode);
  window.tree = buildTree(data, view);
  canvas.setTree(tree);
  return tree.count;
};`;

// files: name -> bytes of a flame graph, or (request, response) for an answer of another kind.
export async function openFlameSite(files) {
  const text = { "/": ["text/html; charset=utf-8", PAGE], "/here.css": ["text/css", STYLE], "/here.js": ["text/javascript", SCRIPT] };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (text[pathname]) {
      response.writeHead(200, { "Content-Type": text[pathname][0], "Content-Security-Policy": policy() });
      return response.end(text[pathname][1]);
    }
    const file = files[pathname.replace("/data/", "")];
    if (pathname.startsWith("/data/") && typeof file === "function") return file(request, response);
    if (pathname.startsWith("/data/") && file) {
      response.writeHead(200, { "Content-Type": "application/vnd.stet.flame" });
      return response.end(file);
    }
    try {
      const body = readFileSync(path.join(source, "web", path.normalize(pathname)));
      response.writeHead(200, { "Content-Type": types[path.extname(pathname)] });
      return response.end(body);
    } catch {
      return response.writeHead(pathname === "/favicon.ico" ? 204 : 404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await launch();
  const base = `http://127.0.0.1:${server.address().port}`;
  return {
    base,
    browser,
    // A page that is ready; `trouble` collects what its console complains about.
    async page(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1200, height: 700 }, ...options });
      const page = await context.newPage();
      const trouble = [];
      page.on("console", (message) => ["error", "warning"].includes(message.type()) && trouble.push(message.text()));
      page.on("pageerror", (error) => trouble.push(String(error)));
      await page.goto(base);
      await page.evaluate(() => import("/here.js"));
      return { page, trouble };
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
