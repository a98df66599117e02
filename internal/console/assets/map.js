// The map of all agents: dots that the server has clustered, asked for anew as one moves, and as things change.
import { ground } from "./outlines.js";

const element = document.getElementById("map");
const map = await ground(element, { keyboard: true });
const kept = sessionStorage.getItem("map");
if (kept) { const [lat, lng, zoom] = JSON.parse(kept); map.setView([lat, lng], zoom); } else map.setView([12, 58], 3.5);

const dots = L.layerGroup().addTo(map);
const number = new Intl.NumberFormat(document.documentElement.lang, { notation: "compact" });
const whole = new Intl.NumberFormat(document.documentElement.lang);
let asked = 0;

async function show() {
  const mine = ++asked, b = map.getBounds().pad(0.1);
  sessionStorage.setItem("map", JSON.stringify([map.getCenter().lat, map.getCenter().lng, map.getZoom()]));
  const box = `south=${Math.max(-85, b.getSouth())}&north=${Math.min(85, b.getNorth())}&west=${Math.max(-180, b.getWest())}&east=${Math.min(180, b.getEast())}&zoom=${Math.round(map.getZoom())}`;
  const answer = await fetch(`/map/view?${box}&${element.dataset.query}`, { headers: { "Switchboard-Idle": "1" } });
  if (mine !== asked || !answer.ok) return;
  const view = await answer.json();
  if (mine !== asked) return;
  dots.clearLayers();
  for (const c of view.clusters || []) dots.addLayer(dot(c));
  element.dataset.shown = view.shown;
  if (!view.ready) setTimeout(show, 1000);
}

// dot is a cluster as a marker that one can also reach by keyboard.
function dot(c) {
  const size = c.agents === 1 ? 16 : Math.round(24 + 6 * Math.log10(c.agents));
  const kind = c.outside ? "bad" : c.waiting ? "warn" : c.blocked === c.agents ? "edge" : "main";
  const icon = L.divIcon({ className: `cluster ${kind}${c.agents === 1 ? " one" : ""}`, html: c.agents === 1 ? "" : number.format(c.agents), iconSize: [size, size] });
  const parts = [c.agents === 1 ? `${element.dataset.one} ${c.agent}` : `${whole.format(c.agents)} ${element.dataset.several}`];
  for (const what of ["outside", "waiting", "blocked"]) if (c[what]) parts.push(`${whole.format(c[what])} ${element.dataset[what]}`);
  const marker = L.marker([c.lat, c.lng], { icon, title: parts.join(" · "), alt: parts.join(" · "), zIndexOffset: c.outside ? 1000 : 0 });
  marker.on("click", () => {
    if (c.agent) location.href = "/agents/" + encodeURIComponent(c.agent);
    else if (map.getZoom() >= 17) map.setView([c.lat, c.lng], 18);
    else map.fitBounds([[c.south, c.west], [c.north, c.east]], { padding: [40, 40], maxZoom: 17 });
  });
  return marker;
}

let moving;
map.on("moveend", () => { clearTimeout(moving); moving = setTimeout(show, 80); });
// The index behind the map follows what changes a moment later.
document.getElementById("main").addEventListener("fresh", () => { show(); setTimeout(show, 1500); });
show();
