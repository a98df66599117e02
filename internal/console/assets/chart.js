// Charts of counts over time: stacked bars, one a step. What is shown stands as JSON beside each figure, and as a table
// for who does not see the bars; when the page is brought up to date, so are they.
import { colour } from "./colour.js";

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// stacked adds each series to those below it; the last one is drawn first, behind the others.
function stacked(chart) {
  const sum = chart.times.map(() => 0);
  const layers = chart.series.map((s) => s.counts.map((n, i) => (sum[i] += n)));
  return [chart.times, ...layers.reverse()];
}

function draw(figure) {
  const chart = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  const canvas = figure.querySelector("[data-canvas]");
  figure.plot?.destroy();
  canvas.replaceChildren();
  const series = [...chart.series].reverse().map((s) => ({ label: s.label, fill: colour(s.colour), stroke: colour(s.colour), width: 0, points: { show: false }, paths: uPlot.paths.bars({ size: [0.9, 60], gap: 1 }) }));
  const axis = { stroke: colour("quiet"), font: `12px ${css("font-family") || "system-ui"}`, grid: { stroke: colour("line"), width: 1 }, ticks: { show: false } };
  const zone = document.documentElement.dataset.zone;
  figure.plot = new uPlot({
    width: canvas.clientWidth, height: 190,
    tzDate: zone ? (t) => uPlot.tzDate(new Date(t * 1000), zone) : undefined,
    legend: { show: false }, cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: { x: { time: true, range: (u, a, b) => [a - chart.step / 2, b + chart.step / 2] }, y: { range: (u, a, b) => [0, Math.max(b, 4) * 1.06] } },
    axes: [{ ...axis, grid: { show: false }, values: (u, at) => at.map((t) => label(t, chart.step, zone)), space: 70 },
      { ...axis, size: 52, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 1e7], values: (u, at) => at.map((n) => compact.format(n)) }],
    series: [{}, ...series],
    hooks: { setCursor: [(u) => point(figure, chart, u.cursor.idx, zone)] },
  }, stacked(chart), canvas);
}

const compact = new Intl.NumberFormat(document.documentElement.lang, { notation: "compact" });
const whole = new Intl.NumberFormat(document.documentElement.lang);

function label(t, step, zone) {
  const at = new Date(t * 1000), clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  const text = at.toLocaleTimeString("en-GB", clock);
  return step >= 3600 && text === "00:00" || step > 3600 ? at.toLocaleDateString("en-CA", { month: "2-digit", day: "2-digit", timeZone: zone }) : text;
}

// point writes beside each name what was counted in the step one points at; else the sum of all.
function point(figure, chart, i, zone) {
  const at = figure.querySelector("[data-at]");
  if (at) at.textContent = i == null ? "" : new Date(chart.times[i] * 1000).toLocaleString("en-GB", { day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
  figure.querySelectorAll("[data-sum]").forEach((b, n) => {
    const s = chart.series[n];
    b.textContent = whole.format(i == null ? s.counts.reduce((a, c) => a + c, 0) : s.counts[i]);
  });
}

const figures = () => document.querySelectorAll("figure[data-chart]");
const all = () => figures().forEach(draw);
all();
document.getElementById("main").addEventListener("fresh", all);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
const widths = new ResizeObserver((entries) => { for (const e of entries) e.target.plot?.setSize({ width: e.target.querySelector("[data-canvas]").clientWidth, height: 190 }); });
figures().forEach((f) => widths.observe(f));
