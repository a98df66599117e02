// The ground of every map: outlines of countries and of their states. There are no pictures from anywhere else.
import { colour } from "./colour.js";

let asked;
const outlines = () => (asked ??= fetch("/assets/map/outlines.json").then((answer) => answer.json()));

const looks = {
  land: () => ({ stroke: false, fillColor: colour("sheet"), fillOpacity: 1 }),
  states: () => ({ color: colour("line"), weight: 1, fill: false }),
  borders: () => ({ color: colour("edge"), weight: 1, fill: false }),
};

// ground makes a map in an element, with zoom buttons and the outlines.
export async function ground(element, options = {}) {
  const map = L.map(element, { zoomControl: false, attributionControl: false, minZoom: 2, maxZoom: 18, worldCopyJump: true, zoomSnap: 0.5, ...options });
  L.control.zoom({ zoomInTitle: element.dataset.zoomin, zoomOutTitle: element.dataset.zoomout }).addTo(map);
  const data = await outlines(), { countries, states } = data.objects;
  const renderer = L.canvas({ padding: 0.5 });
  const layer = (shape, look) => L.geoJSON(shape, { interactive: false, renderer, style: looks[look] }).addTo(map);
  const layers = [[layer(topojson.feature(data, countries), "land"), "land"], [layer(topojson.mesh(data, states), "states"), "states"], [layer(topojson.mesh(data, countries), "borders"), "borders"]];
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => layers.forEach(([l, look]) => l.setStyle(looks[look]())));
  return map;
}
