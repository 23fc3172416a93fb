// The numbers of the map, as they come and as they are drawn.
// Viridis, and for a dark ground one that begins lighter.
const COLOURS = {
  light: ["#440154", "#46327e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#a0da39", "#fde725"],
  dark: ["#8a6bd1", "#6f86d6", "#4f9fc9", "#3fb3b0", "#46c48e", "#7ad15f", "#b9dd4a", "#fde725"],
};
const BINS = COLOURS.light.length;
// The points of a colour are drawn in so many layers, between those of the others: none covers all.
const LAYERS = 6;

export const colour = (bin, isDark) => COLOURS[isDark ? "dark" : "light"][bin];

export async function read(area) {
  const response = await fetch(area.dataset.points);
  if (!response.ok) throw new Error(`the points of the map: ${response.status}`);
  return { numbers: new Float32Array(await response.arrayBuffer()), count: Number(area.dataset.count) };
}

// Points of as many per colour, as one colour at a time is what a chart of very many can draw.
export function bins({ numbers, count }, column) {
  const values = numbers.subarray((2 + column) * count, (3 + column) * count);
  const order = Float32Array.from(values).sort();
  const edges = Array.from({ length: BINS }, (_, bin) => order[Math.floor((bin * count) / BINS)]);
  const rows = Array.from({ length: LAYERS * BINS }, () => []);
  for (let row = 0; row < count; row += 1) {
    let bin = BINS - 1;
    while (bin > 0 && values[row] < edges[bin]) bin -= 1;
    rows[Math.floor((row * LAYERS) / count) * BINS + bin].push(row);
  }
  return {
    count,
    ranges: edges.map((low, bin) => ({ bin, low, high: edges[bin + 1] ?? order[count - 1] })),
    groups: rows.map((of, index) => ({
      id: `points ${index}`,
      bin: index % BINS,
      rows: of,
      values: of.map((row) => values[row]),
      places: Float32Array.from(of.flatMap((row) => [numbers[row], numbers[count + row]])),
    })).filter((group) => group.rows.length),
  };
}

export function overlay(area, campaigns) {
  const parameters = new URLSearchParams({ source: area.dataset.source, model: area.dataset.model, projection: area.dataset.projection });
  return Promise.all(campaigns.map(async (id) => {
    const response = await fetch(`/campaigns/${encodeURIComponent(id)}/map.json?${parameters}`);
    return response.ok ? { id, ...(await response.json()) } : { id, name: id, points: [] };
  }));
}
