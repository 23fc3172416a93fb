// A desirability curve beside the box it is typed in: drawn as it is typed, typed as it is drawn.
const NAMESPACE = "http://www.w3.org/2000/svg";
const WIDTH = 240;
const HEIGHT = 96;
const EDGE = 10;
const TWICE = 400; // milliseconds within which two presses of a point are one wish

const box = (svg) => document.getElementById(svg.dataset.curve);
const all = () => document.querySelectorAll("svg[data-curve]");

function read(text) {
  const pairs = text.replaceAll(",", " ").split(/\s+/).filter(Boolean).map((pair) => pair.split(":"));
  const points = pairs.map(([x, y]) => ({ x: x === "" ? NaN : Number(x), y: y === undefined || y === "" ? NaN : Number(y) }));
  return points.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)) ? points : null;
}

// From value to place and back, with room at both sides for a point beyond the last.
function scale(svg, points) {
  const usual = [Number(svg.dataset.low), Number(svg.dataset.high)];
  const xs = [...points.map(({ x }) => x), ...(points.length < 2 ? usual : [])];
  const margin = (Math.max(...xs) - Math.min(...xs) || 1) * 0.15;
  const [low, high] = [Math.min(...xs) - margin, Math.max(...xs) + margin];
  return {
    across: (x) => EDGE + ((x - low) / (high - low)) * (WIDTH - 2 * EDGE),
    up: (y) => HEIGHT - EDGE - y * (HEIGHT - 2 * EDGE),
    x: (at) => Number((low + ((at - EDGE) / (WIDTH - 2 * EDGE)) * (high - low)).toPrecision(3)),
    y: (at) => Number(Math.min(1, Math.max(0, (HEIGHT - EDGE - at) / (HEIGHT - 2 * EDGE))).toFixed(2)),
  };
}

function element(name, attributes) {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function draw(svg) {
  const points = read(box(svg).value);
  if (svg.held === undefined) svg.scale = scale(svg, points ?? []);
  const { across, up } = svg.scale;
  const ground = [0, 1].map((y) => element("line", { x1: 0, x2: WIDTH, y1: up(y), y2: up(y), class: "curve-level" }));
  if (!points) {
    svg.replaceChildren(...ground);
    return;
  }
  const sorted = [...points].sort((one, other) => one.x - other.x);
  const places = sorted.map(({ x, y }) => [across(x), up(y)]);
  // Flat outside of its points.
  const line = places.length ? [[0, places[0][1]], ...places, [WIDTH, places.at(-1)[1]]] : [];
  svg.replaceChildren(
    ...ground,
    element("polyline", { points: line.map((pair) => pair.join(",")).join(" ") }),
    ...points.map(({ x, y }, index) => element("circle", { cx: across(x), cy: up(y), r: 5, "data-point": index })),
  );
}

function type(svg, points) {
  box(svg).value = points.map(({ x, y }) => `${x}:${y}`).join(" ");
  box(svg).dispatchEvent(new Event("input", { bubbles: true }));
}

function under(svg, event) {
  const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  return { x: svg.scale.x(place.x), y: svg.scale.y(place.y) };
}

const ordered = (points) => [...points].sort((one, other) => one.x - other.x);

function press(event) {
  const svg = event.target.closest?.("svg[data-curve]");
  const points = svg && read(box(svg).value);
  if (!points) return;
  event.preventDefault();
  const pressed = event.target.dataset.point;
  const at = pressed === undefined ? under(svg, event) : points[Number(pressed)];
  if (pressed !== undefined && svg.last?.point === pressed && event.timeStamp - svg.last.time < TWICE) {
    type(svg, points.filter((point) => point !== at));
    return;
  }
  const rising = ordered(pressed === undefined ? [...points, at] : points);
  if (pressed === undefined) type(svg, rising);
  svg.held = rising.indexOf(at);
  // The press that made a point, or moved it, is not the first of two.
  svg.last = pressed === undefined ? undefined : { point: pressed, time: event.timeStamp };
  svg.setPointerCapture(event.pointerId);
}

// A point stays between its neighbours, as a curve's values rise.
function move(event) {
  const svg = event.target.closest?.("svg[data-curve]");
  if (svg?.held === undefined) return;
  const points = ordered(read(box(svg).value));
  const [before, after] = [points[svg.held - 1]?.x ?? -Infinity, points[svg.held + 1]?.x ?? Infinity];
  const to = under(svg, event);
  points[svg.held] = to.x > before && to.x < after ? to : { x: points[svg.held].x, y: to.y };
  svg.last = undefined;
  type(svg, points);
}

function release(event) {
  const svg = event.target.closest?.("svg[data-curve]");
  if (svg?.held === undefined) return;
  delete svg.held;
  draw(svg);
}

function show() {
  for (const part of document.querySelectorAll("svg[data-curve], [data-curve-help]")) part.removeAttribute("hidden");
  all().forEach(draw);
}

export function drawCurveFields() {
  document.addEventListener("pointerdown", press);
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", release);
  document.addEventListener("pointercancel", release);
  document.addEventListener("input", ({ target }) => all().forEach((svg) => target === box(svg) && draw(svg)));
  document.addEventListener("htmx:afterSettle", show);
  show();
}
