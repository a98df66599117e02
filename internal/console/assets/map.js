// The map of all agents: dots that the server has clustered, asked for anew as one moves, and as things change.
import { ground } from "./outlines.js";

const element = document.getElementById("map");
const map = await ground(element, { keyboard: true });
const kept = sessionStorage.getItem("map");
const bounds = JSON.parse(element.dataset.bounds);
if (kept) { const [lat, lng, zoom] = JSON.parse(kept); map.setView([lat, lng], zoom); }
else if (bounds) map.fitBounds([[bounds[0], bounds[1]], [bounds[2], bounds[3]]], { padding: [40, 40], maxZoom: 12 });
else map.setView([12, 58], 3.5);
let framed = kept || bounds;

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
  if (!framed && view.ready && view.clusters?.length) { // the page came before the agents were read
    framed = true;
    map.fitBounds(view.clusters.map((c) => [c.lat, c.lng]), { padding: [40, 40], maxZoom: 12 });
    show();
    return;
  }
  dots.clearLayers();
  for (const c of apart(view.clusters || [])) dots.addLayer(dot(c));
  element.dataset.shown = view.shown;
  if (!view.ready) setTimeout(show, 1000);
}

const size = (c) => (c.agents === 1 ? 24 : Math.round(24 + 6 * Math.log10(c.agents)));

// apart makes one of dots that would lie on each other: the smaller goes into the larger, which stays where it is.
function apart(clusters) {
  const kept = [];
  for (const c of clusters.sort((a, b) => b.agents - a.agents)) {
    const at = map.latLngToLayerPoint([c.lat, c.lng]);
    const near = kept.find((k) => map.getZoom() < 18 && Math.max(Math.abs(k.at.x - at.x), Math.abs(k.at.y - at.y)) <= (size(k) + size(c)) / 2);
    if (!near) { kept.push({ ...c, at }); continue; }
    for (const what of ["agents", "outside", "waiting", "blocked"]) near[what] += c[what];
    Object.assign(near, { agent: "", south: Math.min(near.south, c.south), west: Math.min(near.west, c.west), north: Math.max(near.north, c.north), east: Math.max(near.east, c.east) });
  }
  return kept;
}

// dot is a cluster as a marker that one can also reach by keyboard.
function dot(c) {
  const kind = c.outside ? "bad" : c.blocked === c.agents ? "edge" : c.waiting * 2 >= c.agents ? "warn" : c.waiting ? "main some" : "main";
  const icon = L.divIcon({ className: `cluster ${kind}${c.agents === 1 ? " one" : ""}`, html: c.agents === 1 ? "" : number.format(c.agents), iconSize: [size(c), size(c)] });
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
