// The colours of the style sheets as a canvas understands them, for the theme of the moment.
const NAMES = { text: "--text", muted: "--muted", line: "--line", panel: "--panel", accent: "--accent" };
const SERIES = [1, 2, 3, 4, 5].map((number) => `--series-${number}`);

export function colours(element) {
  const probe = document.createElement("span");
  element.append(probe);
  const resolved = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const found = Object.fromEntries(Object.entries(NAMES).map(([key, name]) => [key, resolved(name)]));
  found.series = SERIES.map(resolved);
  probe.remove();
  return found;
}
