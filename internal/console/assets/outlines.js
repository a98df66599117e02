// The ground of every map: outlines of countries and of their states. There are no pictures from anywhere else.

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);
let asked;
const outlines = (url) => (asked ??= fetch(url).then((answer) => answer.json()));

// ground makes a map in an element, with zoom buttons and the outlines.
export async function ground(element, options = {}) {
  const map = L.map(element, { zoomControl: false, attributionControl: false, minZoom: 2, maxZoom: 18, worldCopyJump: true, zoomSnap: 0.5, ...options });
  L.control.zoom({ zoomInTitle: element.dataset.zoomin, zoomOutTitle: element.dataset.zoomout }).addTo(map);
  const colours = () => {
    const probe = document.createElement("span");
    document.body.append(probe);
    const of = (v) => { probe.style.color = `var(--${v})`; return getComputedStyle(probe).color; };
    const c = { land: of("sheet"), border: of("edge"), inner: of("line") };
    probe.remove();
    return c;
  };
  const look = (level) => { const c = colours(); return level ? { color: c.inner, weight: 0.8, fill: false } : { color: c.border, weight: 1, fillColor: c.land, fillOpacity: 1 }; };
  const layers = [];
  outlines(document.querySelector("[data-outlines]")?.dataset.outlines || "/assets/map/outlines.json").then((data) => {
    for (const level of [0, 1]) {
      layers[level] = L.geoJSON(data, { interactive: false, renderer: L.canvas({ padding: 0.5 }), filter: (f) => (f.properties.level || 0) === level, style: () => look(level) }).addTo(map);
      layers[level].bringToBack();
    }
    layers[0].bringToBack();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => layers.forEach((l, i) => l.setStyle(look(i))));
  return map;
}
