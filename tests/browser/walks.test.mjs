// Ten people with what they have in their hands, each to a first answer and on to what they came for. Every walk counts the
// questions that it was asked and the seconds to its first answer; the numbers are kept in the build folder.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { binary, profiles, sample, settled, startService } from "./service.mjs";

const format = (...parts) => path.join(profiles, "formats", ...parts);
const told = [];
let service;
before(async () => {
  service = await startService();
});
after(async () => {
  await service?.close();
  if (process.env.STET_BUILD && told.length > 0) {
    const folder = path.join(process.env.STET_BUILD, "screenshots");
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "walks.json"), `${JSON.stringify(told, null, 2)}\n`);
  }
});

// One person: what is asked of them is counted, and when they first had an answer.
class Walk {
  constructor(name, opened, began) {
    Object.assign(this, opened, { name, began, questions: 0, firstAnswer: null });
  }

  answered() {
    this.firstAnswer ??= (performance.now() - this.began) / 1000;
  }

  // Files into a project, by the page that takes them.
  async send(files) {
    await this.page.setInputFiles("#file", files);
    await this.page.locator('.upload-file:is([data-state="reading"], [data-state="waiting"])').first().waitFor({ state: "detached" });
    await this.page.getByRole("button", { name: "Analyse", exact: true }).click();
    await this.page.waitForURL(/\/profiles\/|\/runs\//);
    await settled(this.page);
    this.answered();
  }

  // A number that the report asks for.
  async give(fact, value) {
    await this.page.locator(`[name="fact.${fact}"]`).first().fill(value);
    this.questions++;
  }

  async choose(fact, value) {
    await this.page.locator(`select[name="fact.${fact}"]`).first().selectOption(value);
    this.questions++;
  }

  async use() {
    await this.page.getByRole("button", { name: "Use these numbers" }).first().click();
    await this.page.waitForURL(/rev=[2-9]/);
  }

  verdict() {
    return this.page.locator("h1").textContent();
  }

  sheet() {
    return this.page.locator(".sheet").first().innerText();
  }

  end() {
    told.push({ walk: this.name, first_answer_s: this.firstAnswer && Number(this.firstAnswer.toFixed(2)), questions: this.questions });
    assert.deepEqual(this.trouble, [], this.name);
    assert.ok(this.questions <= 3, `${this.name}: ${this.questions} questions`);
    return this.close();
  }
}

async function walk(name, address, options) {
  const began = performance.now();
  return new Walk(name, await service.open(address, options), began);
}

test("1: a flame graph of a service that awaits something; then two numbers of its access log", async () => {
  const w = await walk("python backend", "/upload?project=walk-1");
  await w.send([sample("async-150", "on-cpu.svg")]);
  assert.match(await w.verdict(), /Not decided yet/);
  // The first step needs no new recording.
  assert.match(await w.page.locator("code.command").first().textContent(), /--fact ops=N --fact op_s=SECONDS/);
  await w.give("ops", "8935");
  await w.give("op_s", "0.508");
  if (await w.page.locator('[name="fact.wall_s"]').count()) await w.give("wall_s", "30.6");
  await w.use();
  // Computing was half of the wall clock, and still next to nothing of a request.
  assert.match(await w.verdict(), /Fix the waiting first/);
  assert.match(await w.sheet(), /request/i);
  await w.end();
});

test("2: a clinic doctor folder and a cpuprofile are two executions, and the load settles the idle part", async () => {
  const w = await walk("node team", "/upload?project=walk-2");
  await w.send([sample("node-idle", "doctor.clinic-doctor.tar.gz"), sample("node-idle", "server.cpuprofile")]);
  const first = await w.verdict();
  assert.match(await w.page.locator("main").innerText(), /another execution|two executions|not of this run/i);
  assert.match(first, /Not decided yet/);
  await w.give("ops", "60");
  await w.give("op_s", "0.508");
  await w.use();
  assert.match(await w.verdict(), /Fix the waiting first/);
  await w.end();
});

test("3: a profile of Go answers each goal with its own missing number, and none speaks for the slowest requests", async () => {
  const w = await walk("go service", "/upload?project=walk-3");
  await w.send([format("pprof", "go-cpu.pb.gz")]);
  const page = await w.sheet();
  for (const goal of ["response time", "capacity", "cost of CPU", "memory", "99th percentile"]) assert.match(page, new RegExp(goal), goal);
  assert.match(page, /99th percentile/);
  assert.match(page, /slowest requests/);
  await w.end();
});

test("4: the maintainer of a CI copies a job that needs no server, and a change without a proposal is never red", async () => {
  const w = await walk("CI maintainer", "/projects/py-http-wait");
  w.answered();
  for (const recipe of ["In a CI job, with this server", "In a CI job, without a server"])
    await w.page.getByText(recipe, { exact: true }).click();
  const page = await w.page.locator("main").innerText();
  assert.match(page, /--gate/);
  assert.match(page, /--fail-with-body/);
  assert.match(page, /GITHUB_STEP_SUMMARY/);
  assert.ok(page.includes(`${service.base}/api/v1/projects/py-http-wait`), "the commands hold this project's own address");
  const gate = await service.json("/api/v1/projects/py-http-wait/gate?enforce=1");
  assert.ok(gate.gate, JSON.stringify(gate));
  assert.equal(await w.page.locator(".error, .failed").count(), 0);
  await w.end();
});

test("5: a manager opens a link: the answer, how sure, what instead, what would change it; the link stays what it was", async () => {
  const { decisions } = await service.json("/api/v1/projects/meter-days/decisions");
  const w = await walk("manager", `/decisions/${decisions[0].id}`);
  w.answered();
  const page = await w.sheet();
  for (const words of [/How sure/i, /What would change it/i, /Decided/i]) assert.match(page, words);
  const report = await service.open("/projects/py-http-wait/runs/all-states?rev=1");
  const before = await report.page.locator(".verdict").innerText();
  await report.page.locator('[name="fact.ops"], [name="fact.load_representative"], select').first().waitFor({ state: "attached" });
  await report.close();
  await service.json("/api/v1/projects/py-http-wait/facts", { method: "POST", body: JSON.stringify({ load_representative: 1 }) });
  const again = await service.open("/projects/py-http-wait/runs/all-states?rev=1");
  assert.equal(await again.page.locator(".verdict").innerText(), before);
  await again.close();
  await w.end();
});

test("6: whoever proposed a rewrite that is closed finds what would open it, and sends counter-evidence, two clicks away", async () => {
  const { projects } = await service.json("/api/v1/projects?limit=500");
  const closed = projects.find((project) => project.gate === "fail" && project.run);
  const w = await walk("advocate", `/projects/${closed.name}/runs/${encodeURIComponent(closed.run)}`);
  w.answered();
  await w.page.getByRole("link", { name: /what would open it/i }).first().click();
  const open = w.page.locator("#open, #what-would-open, [aria-labelledby*=open]").first();
  await open.waitFor();
  const words = await open.innerText();
  assert.match(words, /line|reaches|measured/i);
  // The same place takes the file.
  assert.ok(await w.page.locator('form[data-upload="run"] input[type="file"]').first().isVisible());
  await w.page.locator('form[data-upload="run"] input[type="file"]').first().setInputFiles([sample("py-cpu-loop", "hyperfine.json")]);
  await w.page.getByRole("button", { name: /Add to this run|Add/ }).first().click();
  await w.page.waitForURL(/rev=|profiles/);
  await w.end();
});

test("7: who runs the service gets secrets masked, raw bytes as attachments in a sandbox, and no open door", async () => {
  const w = await walk("SRE", "/upload?project=walk-7");
  const folded = "# cmd: server --password=hunter2 --token=abc123secret\nmain;serve;parse 90\nmain;serve;render 10\n";
  await w.send([{ name: "run.folded", mimeType: "text/plain", buffer: Buffer.from(folded) }]);
  const shown = await w.page.content();
  assert.ok(!shown.includes("hunter2") && !shown.includes("abc123secret"), "a secret is on the page");
  const { profiles: list } = await service.json("/api/v1/projects/walk-7/profiles");
  const raw = await fetch(`${service.base}/api/v1/profiles/${list[0].id}/raw`);
  assert.match(raw.headers.get("content-disposition"), /^attachment/);
  assert.match(raw.headers.get("content-security-policy"), /^sandbox/);
  assert.throws(() => execFileSync(binary, ["serve", "--listen", "0.0.0.0:0", "--db", path.join(service.folder, "other.db")], { stdio: "pipe" }), /token/);
  await w.end();
});

test("8: whoever works with arrays learns that the time is in native code already, and which lever fits", async () => {
  const w = await walk("data scientist", "/upload?project=walk-8");
  await w.send([sample("py-native", "py-spy.speedscope.json"), sample("py-native", "py-spy.time.txt")]);
  const page = await w.page.locator("main").innerText();
  assert.match(await w.verdict(), /Optimise in place first/);
  assert.match(page, /native/i);
  await w.page.getByRole("link", { name: /flame graph|large|window/i }).first().waitFor();
  await w.end();
});

test("9: a perf.data of native code is read with what names it has, and safety is not judged", async () => {
  const w = await walk("C++ developer", "/upload?project=walk-9");
  await w.send([format("perf-data", "frame-pointers.data")]);
  assert.match(await w.page.locator("footer").innerText(), /does not judge safety/);
  assert.ok((await w.verdict()).trim().length > 0);
  await w.end();
});

test("10: a picture from somewhere gives composition alone, a photo is refused by name", async () => {
  const w = await walk("reader of a blog", "/upload?project=walk-10");
  await w.page.setInputFiles("#file", [{ name: "graph.png", mimeType: "image/png", buffer: Buffer.from("\x89PNG\r\n\x1a\n....", "latin1") }]);
  await w.page.locator('.upload-file[data-state="refused"]').waitFor();
  assert.match(await w.page.locator(".upload-file").innerText(), /picture \(PNG\)/);
  w.answered();
  await w.page.getByRole("button", { name: "Remove graph.png" }).click();
  await w.send([format("svg", "inferno.svg")]);
  assert.match(await w.verdict(), /Not decided yet/);
  const commands = (await w.page.locator("code.command, .command-row code").allTextContents()).join("\n");
  assert.doesNotMatch(commands, /--pid \d|-p \d/);
  await w.end();
});
