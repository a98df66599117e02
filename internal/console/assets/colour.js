// What canvases need of the style sheet.

// colour resolves a colour of the style sheet as a canvas needs it.
export function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}
