// The service itself with its samples on a free port, and pages of it with their troubles noted.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { launch } from "./site.mjs";

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const binary = process.env.STET_BIN ?? path.join(source, "build/release/stet");
export const profiles = process.env.STET_PROFILES ?? path.join(source, "profiles");
export const sample = (name, file) => path.join(profiles, "cases", name, file);

// demo: with the samples. options: further arguments of `stet serve`.
export async function startService({ demo = true, options = [] } = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), "stet-service-"));
  const database = path.join(folder, "stet.db");
  const args = ["serve", "--listen", "127.0.0.1:0", "--db", database, ...(demo ? ["--demo"] : []), ...options];
  const server = spawn(binary, args, { stdio: ["ignore", "pipe", "ignore"] });
  let base;
  for await (const line of createInterface({ input: server.stdout })) {
    base = line.match(/^listening on (http:\S+)/)?.[1];
    if (base) break;
  }
  assert.ok(base, "the server did not start");
  const browser = await launch();
  const json = async (address, init) => (await fetch(base + address, init)).json();
  return {
    base,
    browser,
    database,
    folder,
    pid: server.pid,
    json,
    // Sends a file as an upload; the answer's document.
    async upload(project, file, query = "") {
      const url = `${base}/api/v1/projects/${project}/profiles?name=${encodeURIComponent(path.basename(file))}${query}`;
      const answer = await fetch(url, { method: "POST", body: readFileSync(file) });
      return answer.json();
    },
    // before: what is to be done with the page before it goes anywhere.
    async open(address, { before, ...options } = {}) {
      const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
      const page = await context.newPage();
      const trouble = watch(page, base);
      await before?.(page);
      const answer = await page.goto(base + address);
      return { page, context, trouble, status: answer.status(), close: () => context.close() };
    },
    async close() {
      await browser.close();
      if (server.exitCode === null) {
        server.kill();
        await once(server, "exit");
      }
      rmSync(folder, { recursive: true });
    },
  };
}

// A page is there when none of its parts says that it is busy.
export const settled = (page) => page.locator('[aria-busy="true"]').first().waitFor({ state: "detached" });

// What must never happen on a page of ours, as it happens.
export function watch(page, base) {
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
    const url = request.url();
    if (!url.startsWith(base) && !url.startsWith("data:") && !url.startsWith("blob:")) trouble.push(`outside request: ${url}`);
  });
  return trouble;
}

// One address of every kind of page that the samples have: name and path.
export async function everyPage(service) {
  const { projects } = await service.json("/api/v1/projects?limit=500");
  const byName = new Map(projects.map((project) => [project.name, project]));
  const run = (name) => `/projects/${name}/runs/${encodeURIComponent(byName.get(name).run)}`;
  const stacks = async (name) => {
    const list = (await service.json(`/api/v1/projects/${name}/profiles`)).profiles;
    for (const profile of list) {
      if ((await fetch(`${service.base}/api/v1/profiles/${profile.id}/folded`)).ok) return profile.id;
    }
    return undefined;
  };
  const decisions = (await service.json("/api/v1/projects/meter-days/decisions")).decisions;
  const proposals = (await service.json("/api/v1/projects/meter-days/proposals")).proposals;
  const wait = await stacks("py-http-wait");
  const [slow, busy] = [await stacks("async-1"), await stacks("async-150")];
  return [
    ["home", "/"],
    ["search", "/?q=py"],
    ["upload", "/upload"],
    ["login", "/login"],
    ["project", "/projects/py-http-wait"],
    ["project-asked", "/projects/meter-days"],
    ["run-waiting", run("py-http-wait")],
    ["run-cpu", run("py-cpu-loop")],
    ["run-native", run("py-native")],
    ["run-undecided", run("idle-service")],
    ["run-open", run("gate-opens")],
    ["flame", `/profiles/${wait}/flame`],
    ["compare", `/compare?base=${slow}&head=${busy}`],
    ["compare-empty", "/compare"],
    ["proposals", "/projects/meter-days/proposals"],
    ["proposal", `/proposals/${proposals[0].id}`],
    ["proposal-edit", `/proposals/${proposals[0].id}/edit`],
    ["proposal-new", "/projects/py-cpu-loop/proposals/new"],
    ["decision", `/decisions/${decisions[0].id}`],
    ["policies", "/projects/meter-days/policies"],
    ["functions", "/projects/py-http-wait/functions?q=read"],
    ["search-functions", "/search?q=loads"],
    ["missing", "/projects/nothing-here"],
  ];
}
