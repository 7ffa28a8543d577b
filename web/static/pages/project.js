// The trend under the pointer or the arrow keys: which run, and what each strip says of it. Where uPlot is part of the
// build it draws the strips, with one cursor over all of them and a stretch of runs chosen by dragging; otherwise the
// server's drawing stays.
const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 2 });

function percent(share) {
  if (share > 0.995 && share < 1) return "99.9 %";
  return `${number.format(100 * share)} %`;
}

function shareWords(share) {
  if (!share || share.est === null) return "not known";
  if (share.lo !== null && share.hi !== null && share.hi - share.lo > 0.0005)
    return `${percent(share.est)}, ${number.format(100 * share.lo)}..${number.format(100 * share.hi)} %`;
  return percent(share.est);
}

// Time of a run whose kind nobody saw: where there is more than a little, a kind that is not listed is not known.
function split(time) {
  const other = time.wait.find((kind) => kind.category === "w_other");
  return (time.unknown ?? 0) + (other ? (other.share ?? 1) : 0) < 0.005;
}

function valueOf(point, series) {
  if (series === "cpu") return point.cpu_share;
  if (!point.time) return null;
  const [list, category] = series.split(":");
  let share = null;
  if (category === undefined) share = point.time[list];
  else {
    const kind = point.time[list].find((one) => one.category === category);
    share = kind ? kind.share : point.time.wall_s !== null && split(point.time) ? 0 : null;
  }
  return share === null ? null : { lo: share, est: share, hi: share };
}

function stateOf(point) {
  if (point.gate === "pass" || point.gate === "waived") return "open";
  return !point.verdict || point.verdict === "insufficient_evidence" ? "undecided" : "closed";
}

class Trend {
  constructor(root, points) {
    this.root = root;
    this.points = points;
    this.box = root.querySelector("[data-strips]");
    this.words = root.querySelector(".trend-now");
    this.at = null;
    this.plots = [];
    this.strips = [...this.box.querySelectorAll(".strip")].map((element) => ({
      element,
      series: element.dataset.series,
      now: element.querySelector(".strip-now"),
      newest: element.querySelector(".strip-now").textContent,
      plot: element.querySelector(".strip-plot"),
      top: Number(element.dataset.top),
      values: points.map((point) => valueOf(point, element.dataset.series)),
    }));
    this.box.tabIndex = 0;
    this.box.setAttribute("role", "group");
    this.box.setAttribute("aria-label", "trend: arrow keys go from run to run, Enter opens one");
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("blur", () => this.show(null));
    this.words.hidden = false;
    this.show(null);
  }

  show(at) {
    if (at !== null && !this.points[at]) at = null;
    this.at = at;
    for (const strip of this.strips) strip.now.textContent = at === null ? strip.newest : shareWords(strip.values[at]);
    const point = this.points[at ?? this.points.length - 1];
    const when = new Date(point.created).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
    const parts = [`${at === null ? "newest: " : ""}run ${point.run}`];
    if (point.commit) parts.push(`commit ${point.commit}`);
    parts.push(when, point.headline ?? "Not decided yet");
    this.words.textContent = parts.join(", ");
  }

  key(event) {
    const last = this.points.length - 1;
    const at = this.at ?? last;
    const next = { ArrowLeft: at - 1, ArrowRight: this.at === null ? last : at + 1, Home: 0, End: last }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      this.go(Math.min(last, Math.max(0, next)));
    } else if (event.key === "Enter" && this.at !== null) {
      location.assign(this.points[this.at].url);
    } else if (event.key === "Escape") {
      this.go(null);
    }
  }

  go(at) {
    this.show(at);
    if (at === null || this.plots.length === 0) return;
    const plot = this.plots[0];
    plot.setCursor({ left: plot.valToPos(at, "x"), top: plot.valToPos(this.strips[0].values[at]?.est ?? 0, "y") });
  }

  // Without the library: the nearest run to the pointer.
  follow() {
    this.box.addEventListener("pointermove", (event) => {
      const plot = event.target.closest(".strip-plot")?.querySelector("svg");
      if (!plot) return this.show(null);
      const area = plot.getBoundingClientRect();
      const part = (event.clientX - area.left) / area.width;
      this.show(Math.min(this.points.length - 1, Math.max(0, Math.round(part * (this.points.length - 1)))));
    });
    this.box.addEventListener("pointerleave", () => this.show(null));
  }

  colours() {
    const style = getComputedStyle(this.root);
    const of = (name) => style.getPropertyValue(`--${name}`).trim();
    return {
      cpu: of("cpu"), wait: of("wait"), internal: of("internal"), idle: of("unknown"), unknown: of("unknown"),
      open: of("open"), closed: of("closed"), undecided: of("undecided"), gap: of("idle"), quiet: of("quiet"),
    };
  }

  draw(uPlot) {
    for (const plot of this.plots) plot.destroy();
    const colour = this.colours();
    this.plots = this.strips.map((strip) => {
      const cpu = strip.series === "cpu";
      const kind = strip.element.classList[1];
      const ink = colour[kind] ?? colour.wait;
      const svg = strip.plot.querySelector("svg");
      svg.setAttribute("hidden", "");
      const width = strip.plot.clientWidth - parseFloat(getComputedStyle(strip.plot).paddingRight);
      const data = [
        this.points.map((point, i) => i),
        strip.values.map((value) => value?.hi ?? null),
        strip.values.map((value) => value?.lo ?? null),
        strip.values.map((value) => value?.est ?? null),
      ];
      const edge = { stroke: "transparent", width: 0, points: { show: false } };
      const last = this.points.length - 1;
      return new uPlot(
        {
          width,
          height: cpu ? 140 : 34,
          padding: [6, 6, 6, 6],
          legend: { show: false },
          axes: [{ show: false }, { show: false }],
          scales: {
            x: { time: false, range: (u, low, high) => (low === high ? [low - 0.5, high + 0.5] : [low ?? 0, high ?? last]) },
            y: { range: [0, strip.top] },
          },
          cursor: {
            y: false,
            sync: { key: "stet-trend", scales: ["x", null] },
            points: { size: 7 },
            drag: { x: true, y: false },
            focus: { prox: 1e6 },
          },
          bands: [{ series: [1, 2], fill: `color-mix(in srgb, ${ink} 22%, transparent)` }],
          series: [{}, edge, edge, { stroke: ink, width: 2, points: { show: this.points.length < 2 && !cpu, size: 6, fill: ink } }],
          hooks: {
            drawClear: [(u) => this.gaps(u, strip, colour)],
            draw: cpu ? [(u) => this.marks(u, strip, colour)] : [],
            setCursor: cpu ? [(u) => this.show(u.cursor.left < 0 ? null : u.cursor.idx)] : [],
          },
        },
        data,
        strip.plot,
      );
    });
    for (const plot of this.plots) {
      plot.over.addEventListener("click", () => {
        if (this.at !== null && plot.select.width < 3) location.assign(this.points[this.at].url);
      });
    }
  }

  gaps(u, strip, colour) {
    const { ctx } = u;
    ctx.save();
    ctx.strokeStyle = colour.gap;
    ctx.lineWidth = 5 * devicePixelRatio;
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.globalAlpha = 0.6;
    strip.values.forEach((value, i) => {
      if (value && value.est !== null) return;
      const x = u.valToPos(i, "x", true);
      if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) return;
      ctx.beginPath();
      ctx.moveTo(x, u.bbox.top);
      ctx.lineTo(x, u.bbox.top + u.bbox.height);
      ctx.stroke();
    });
    ctx.restore();
  }

  // Answers, in colour and shape: open a disc, closed a square, not decided a small disc.
  marks(u, strip, colour) {
    const { ctx } = u;
    ctx.save();
    for (const level of this.root.dataset.levels?.split(" ").map(Number) ?? []) {
      if (!(level > 0 && level <= strip.top)) continue;
      ctx.strokeStyle = colour.quiet;
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([2 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(u.bbox.left, u.valToPos(level, "y", true));
      ctx.lineTo(u.bbox.left + u.bbox.width, u.valToPos(level, "y", true));
      ctx.stroke();
    }
    this.points.forEach((point, i) => {
      if (!strip.values[i] || strip.values[i].est === null) return;
      const state = stateOf(point);
      const x = u.valToPos(i, "x", true);
      const y = u.valToPos(strip.values[i]?.est ?? 0, "y", true);
      if (x < u.bbox.left - 1 || x > u.bbox.left + u.bbox.width + 1) return;
      const size = (state === "undecided" ? 3 : 4.5) * devicePixelRatio;
      ctx.fillStyle = colour[state];
      ctx.beginPath();
      if (state === "closed") ctx.rect(x - size * 0.9, y - size * 0.9, size * 1.8, size * 1.8);
      else ctx.arc(x, y, size, 0, 2 * Math.PI);
      ctx.fill();
    });
    ctx.restore();
  }
}

async function begin(root) {
  const answer = await fetch(root.dataset.trend);
  if (!answer.ok) return;
  const { points } = await answer.json();
  if (points.length === 0) return;
  const trend = new Trend(root, points);
  let uPlot = null;
  if (root.dataset.plot && points.length > 1) {
    try {
      uPlot = (await import(root.dataset.plot)).default;
    } catch {
      // The server's drawing stays.
    }
  }
  if (!uPlot || !root.isConnected) return trend.follow();
  const draw = () => {
    if (root.isConnected) trend.draw(uPlot);
    else gone.abort();
  };
  const gone = new AbortController();
  draw();
  let width = root.clientWidth;
  addEventListener("resize", () => {
    if (root.clientWidth !== width) draw();
    width = root.clientWidth;
  }, { signal: gone.signal });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw, { signal: gone.signal });
}

// A correction is revoked; the runs are analysed anew, and the page follows by itself.
async function revoke(button) {
  button.disabled = true;
  const status = document.querySelector("[data-revoke-status]");
  try {
    const answer = await fetch(button.dataset.revoke, { method: "DELETE" });
    if (!answer.ok) status.textContent = (await answer.json()).detail ?? `the server answered ${answer.status}`;
  } catch {
    status.textContent = "the server did not answer";
  }
  button.disabled = false;
}

function all(part) {
  for (const button of part.querySelectorAll("[data-revoke]")) {
    button.hidden = false;
    button.addEventListener("click", () => revoke(button));
  }
  for (const root of part.querySelectorAll("[data-trend]")) begin(root).catch(() => {});
}

all(document);
document.addEventListener("stet:replaced", (event) => all(event.detail.part));
