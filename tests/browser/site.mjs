// The pages as the unit test of the report writes them, behind a small server that sends the service's own headers.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const binary = process.env.STET_BIN ?? path.join(source, "build/dev/stet");
const writers = path.join(path.dirname(binary), "tests/unit");

// The policy stands in one place, the header that the service includes.
export function policy() {
  const header = readFileSync(path.join(source, "src/report/pages.h"), "utf8");
  const definition = header.match(/#define REPORT_PAGE_CSP([\s\S]*?)\n\n/)[1];
  return [...definition.matchAll(/"([^"]*)"/g)].map((part) => part[1]).join("");
}

const types = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };

export function launch() {
  return chromium.launch({
    executablePath: process.env.STET_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
}

// writer: the unit test that writes its pages.
export async function openSite(writer = "unit_report_pages") {
  const folder = mkdtempSync(path.join(tmpdir(), "stet-pages-"));
  execFileSync(path.join(writers, writer), { cwd: source, env: { ...process.env, STET_PAGES_OUT: folder }, stdio: "ignore" });
  const uploads = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://localhost");
    if (request.method === "POST") {
      let length = 0;
      request.on("data", (block) => (length += block.length));
      request.on("end", () => {
        uploads.push({ path: url.pathname + url.search, length });
        const broken = url.pathname.includes("broken");
        response.writeHead(broken ? 422 : 201, { "Content-Type": "application/json" });
        response.end(JSON.stringify(broken ? { title: "The file is broken", detail: "line 3" } : { url: "/report-w1b.html" }));
      });
      return;
    }
    if (url.pathname === "/api/v1/changes") {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end('{"events":[],"generation":1,"complete":true,"ask_again_s":5}');
      return;
    }
    if (url.pathname === "/api/v1/events") {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write("retry: 3000\n\n");
      return;
    }
    const file = url.pathname.startsWith("/static/lib/")
      ? path.join(path.dirname(binary), "gen/lib", path.basename(url.pathname))
      : url.pathname.startsWith("/static/")
      ? path.join(source, "web", path.posix.normalize(url.pathname))
      : path.join(folder, path.basename(url.pathname));
    try {
      const body = readFileSync(file);
      const headers = { "Content-Type": types[path.extname(file)] };
      // A report saved as one file carries its own policy.
      if (!path.basename(file).startsWith("alone-")) headers["Content-Security-Policy"] = policy();
      response.writeHead(200, headers);
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await launch();
  return {
    base: `http://127.0.0.1:${server.address().port}`,
    pages: readdirSync(folder).filter((name) => name.endsWith(".html")),
    browser,
    uploads,
    async close() {
      await browser.close();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      rmSync(folder, { recursive: true });
    },
  };
}
