// A pasted text: its numbers and claims, each beside the line that it is about.
import { problem } from "./request.js";

function make(tag, text, name) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (name) element.className = name;
  return element;
}

const verdicts = {
  within_ceiling: "a claim of speed; within what the recording allows",
  unproven: "a claim of speed; no recording bounds it",
  measured: "a claim of speed, measured",
};

// Line -> remarks. A claim above its ceiling has a finding of its own.
function notes({ findings, claims }) {
  const all = new Map();
  const add = (line, tone, text) => all.set(line ?? 0, [...(all.get(line ?? 0) ?? []), { tone, text }]);
  for (const one of findings) add(one.line, "closed", one.other_line ? `${one.text} (see line ${one.other_line})` : one.text);
  for (const one of claims) {
    if (!verdicts[one.verdict]) continue;
    add(one.line, "undecided", verdicts[one.verdict] + (one.ceiling ? `: at most ${one.ceiling.toPrecision(3)} times` : ""));
  }
  return all;
}

export function checkText(panel, address, run) {
  const area = panel.querySelector("textarea");
  const button = panel.querySelector("button");
  const status = panel.querySelector("#text-status");
  const place = panel.querySelector("#text-findings");
  button.addEventListener("click", async () => {
    const text = area.value;
    if (text.trim() === "") {
      status.textContent = "there is no text yet";
      area.focus();
      return;
    }
    status.textContent = "reading";
    const query = run() ? `?run=${encodeURIComponent(run())}` : "";
    let answer;
    try {
      const got = await fetch(address + query, { method: "POST", headers: { "Content-Type": "text/markdown" }, body: text });
      answer = { ok: got.ok, status: got.status, body: await got.json().catch(() => null) };
    } catch {
      answer = { ok: false, status: 0 };
    }
    if (!answer.ok) {
      status.textContent = problem(answer);
      return;
    }
    const found = notes(answer.body);
    const count = answer.body.findings.length;
    status.textContent =
      `${answer.body.quantities.length} numbers found, ${answer.body.checks} checks made, ` +
      `${count === 0 ? "nothing to object to" : count === 1 ? "one finding" : `${count} findings`}.`;
    const table = make("table", undefined, "ed-text stack");
    const head = table.createTHead().insertRow();
    for (const words of ["line", "text", "remark"]) {
      const cell = make("th", words);
      cell.scope = "col";
      head.append(cell);
    }
    const body = table.createTBody();
    const lines = text.split("\n");
    const numbered = new Set([...found.keys(), ...answer.body.quantities.map((one) => one.line)]);
    for (const n of [...numbered].sort((a, b) => a - b)) {
      const row = body.insertRow();
      row.append(make("td", n > 0 ? String(n) : "all", "num"), make("td", n > 0 ? lines[n - 1] : "the text as a whole"));
      const cell = row.insertCell();
      for (const { tone, text: words } of found.get(n) ?? []) cell.append(make("p", words, `remark ${tone}`));
      if (!found.has(n)) cell.append(make("span", "read, nothing to object to", "quiet"));
    }
    place.replaceChildren(table);
  });
}
