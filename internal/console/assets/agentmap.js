// Small maps of a few places, which data-agentmap has. What they show stands beneath them in words, too.
import { ground } from "./outlines.js";

async function draw(box) {
  if (box.dataset.drawn) return;
  box.dataset.drawn = "yes";
  const points = JSON.parse(box.dataset.agentmap).map((p) => ({ ...p, at: p.at.split(",").map(Number) })).filter((p) => p.at.every(Number.isFinite));
  if (!points.length) return;
  const map = await ground(box, { scrollWheelZoom: false, keyboard: false, maxZoom: 12 });
  map.fitBounds(L.latLngBounds(points.map((p) => p.at)).pad(0.3), { maxZoom: 5 });
  for (const p of points) {
    const size = p.kind === "home" ? 18 : 14;
    const icon = L.divIcon({ className: `cluster one ${p.kind === "home" ? "" : "info"}`, iconSize: [size, size] });
    L.marker(p.at, { icon, title: p.label, alt: p.label, keyboard: false, interactive: false, zIndexOffset: p.kind === "home" ? 100 : 0 }).addTo(map);
  }
}

const drawAll = () => document.querySelectorAll("[data-agentmap]").forEach(draw);
drawAll();
document.getElementById("main").addEventListener("fresh", drawAll);
