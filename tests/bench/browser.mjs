// The flame graph of this service beside the embedded speedscope, on the same profile in the same browser, as JSON lines:
// node browser.mjs STET REPEAT FILE...  (each FILE is uploaded once; both viewers then open it from the service). Then how soon
// the report of the last file can be used.
//
// 1. Time runs from the navigation to two frames after the first picture: a mark of ours, speedscope's own end of import.
// 2. Each measurement has a browser of its own; memory is the peak resident set of its largest renderer.
// 3. The viewers take turns. speedscope reads the file as it was uploaded, where it can, else as this service exports it.
import { execFileSync, spawn } from "node:child_process";
import { createReadStream, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const { launch } = await import(path.join(here, "../browser/site.mjs"));
const [binary, repeat, ...files] = process.argv.slice(2);
const say = (line) => console.log(JSON.stringify(line));
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

function upload(base, file) {
  return new Promise((resolve, reject) => {
    const url = new URL(`/api/v1/projects/bench/profiles?name=${encodeURIComponent(path.basename(file))}`, base);
    const request = http.request(url, { method: "POST", headers: { "Content-Length": statSync(file).size } }, (answer) => {
      let text = "";
      answer.on("data", (block) => (text += block));
      answer.on("end", () => (answer.statusCode < 300 ? resolve(JSON.parse(text)) : reject(new Error(`${answer.statusCode} ${text.slice(0, 300)}`))));
    });
    request.on("error", reject);
    createReadStream(file).pipe(request);
  });
}

// Until the upload is analysed.
async function done(base, id) {
  for (;;) {
    const { status } = await (await fetch(`${base}/api/v1/profiles/${id}`)).json();
    if (status === "done" || status === "failed") return status;
  }
}

function peakBytes(parent) {
  const children = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n").map((line) => line.trim().split(/\s+/));
  const below = new Set([String(parent)]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const [pid, ppid] of children) {
      if (below.has(ppid) && !below.has(pid)) grew = below.add(pid) && true;
    }
  }
  let most = 0;
  for (const [pid, , ...args] of children) {
    if (!below.has(pid) || !args.includes("--type=renderer")) continue;
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      most = Math.max(most, Number(status.match(/VmHWM:\s+(\d+)/)[1]) * 1024);
    } catch {
      // ended meanwhile
    }
  }
  return most;
}

async function picture(base, address, ours) {
  const browser = await launch();
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const failed = [];
    page.on("pageerror", (error) => failed.push(String(error)));
    await page.addInitScript((mine) => {
      const drawn = () => requestAnimationFrame(() => requestAnimationFrame(() => (globalThis.pictureAt ??= performance.now())));
      if (mine) {
        new PerformanceObserver((list) => list.getEntriesByName("flame:picture").length && drawn()).observe({ entryTypes: ["mark"] });
      } else {
        const { timeEnd } = console;
        console.timeEnd = function (name) {
          timeEnd.call(this, name);
          if (name === "import") drawn();
        };
      }
    }, ours);
    await page.goto(base + address, { waitUntil: "commit" });
    let seconds;
    for (const until = Date.now() + 180_000; seconds === undefined; ) {
      if (Date.now() > until) throw new Error("no picture within 180 s");
      // Asked once a frame.
      const at = await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(globalThis.pictureAt))));
      if (at !== undefined) seconds = at / 1000;
    }
    // Our picture may come before the last of its data: that belongs to the memory.
    if (ours) await page.waitForSelector("[data-flame] [aria-busy]", { state: "detached", timeout: 180_000 });
    return { seconds, bytes: peakBytes(process.pid), failed };
  } finally {
    await browser.close();
  }
}

// Until the scripts of a page have run and it is painted: from then on it answers to clicks.
async function interactive(base, address) {
  const browser = await launch();
  const all = [];
  try {
    for (let turn = 0; turn < 11; turn++) {
      const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
      const page = await context.newPage();
      await page.goto(base + address, { waitUntil: "load" });
      all.push(await page.evaluate(() => {
        const [load] = performance.getEntriesByType("navigation");
        const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0;
        return Math.max(load.domContentLoadedEventEnd, paint);
      }));
      await context.close();
    }
  } finally {
    await browser.close();
  }
  return { first: all[0], median: median(all.slice(1)) };
}

const folder = mkdtempSync(path.join(tmpdir(), "stet-bench-"));
const server = spawn(binary, ["serve", "--listen", "127.0.0.1:0", "--db", path.join(folder, "stet.db")], { stdio: ["ignore", "pipe", "ignore"] });
try {
  let base;
  for await (const line of createInterface({ input: server.stdout })) {
    base = line.match(/^listening on (http:\S+)/)?.[1];
    if (base) break;
  }
  let report;
  for (const file of files) {
    const { id } = await upload(base, file);
    const status = await done(base, id);
    if (status !== "done") throw new Error(`${file}: ${status}`);
    report = `/profiles/${id}`;
    const viewers = {
      stet: [`/profiles/${id}/flame`, true],
      speedscope: [`/speedscope/index.html#profileURL=${encodeURIComponent(`/api/v1/profiles/${id}/raw`)}&title=x`, false],
    };
    const got = { stet: [], speedscope: [] };
    for (let turn = 0; turn < Number(repeat); turn++) {
      for (const [name, [address, ours]] of Object.entries(viewers)) {
        try {
          got[name].push(await picture(base, address, ours));
        } catch (error) {
          say({ name: "browser-flame", tool: name, file: path.basename(file), error: String(error).slice(0, 300) });
        }
      }
    }
    for (const [name, runs] of Object.entries(got)) {
      if (runs.length === 0) continue;
      say({ name: "browser-flame", tool: name, file: path.basename(file), bytes: statSync(file).size,
        first_s: Number(runs[0].seconds.toFixed(3)), median_s: Number(median(runs.map((run) => run.seconds)).toFixed(3)),
        memory_bytes: median(runs.map((run) => run.bytes)), failed: runs.flatMap((run) => run.failed).slice(0, 2) });
    }
  }
  const soon = await interactive(base, report);
  say({ name: "browser-report", first_ms: Number(soon.first.toFixed(0)), median_ms: Number(soon.median.toFixed(0)), below: 300 });
} finally {
  server.kill();
  await new Promise((resolve) => server.once("exit", resolve));
  rmSync(folder, { recursive: true });
}
