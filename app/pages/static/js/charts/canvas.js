// One chart in one element: drawn when ECharts has come, again when the theme or the size changes.
const here = new URL(import.meta.url);
let library;

// Early where there is something else to wait for.
export function load() {
  library ??= import(new URL("../../vendor/echarts.js", here));
  return library;
}

export async function chartIn(element) {
  let echarts;
  try {
    echarts = await load();
  } catch {
    element.textContent = "The charts' library is not installed; the tables below hold the same.";
    return { show() {}, instance: null };
  }
  const instance = echarts.init(element, null, { renderer: "canvas" });
  const fit = () => {
    // Told of its size to begin with, too, when it is drawn already.
    const { clientWidth, clientHeight } = element;
    if (clientWidth !== instance.getWidth() || clientHeight !== instance.getHeight()) instance.resize();
  };
  new ResizeObserver(fit).observe(element);
  let build;
  const draw = () => build && instance.setOption(withDefaults(build(colors())), { notMerge: true });
  document.addEventListener("theme", draw);
  return {
    instance,
    show(next) {
      build = next;
      draw();
    },
  };
}

function colors() {
  const probe = document.createElement("span");
  document.body.append(probe);
  const read = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const found = {
    text: read("text"),
    muted: read("muted"),
    line: read("line"),
    panel: read("panel"),
    inset: read("inset"),
    edge: read("edge"),
    series: [1, 2, 3, 4, 5].map((number) => read(`series-${number}`)),
  };
  probe.remove();
  return found;
}

function withDefaults(option) {
  const animation = false;
  // A canvas inherits nothing.
  const { fontFamily } = getComputedStyle(document.body);
  return { animation, aria: { enabled: true }, textStyle: { fontFamily }, ...option };
}

// An axis that says what it shows and does not begin at zero for no reason.
export function axis(colors, name, more = {}) {
  return {
    type: "value",
    name,
    scale: true,
    nameLocation: "middle",
    nameGap: 26,
    nameTextStyle: { color: colors.muted },
    axisLine: { show: true, onZero: false, lineStyle: { color: colors.edge } },
    axisLabel: { color: colors.muted, hideOverlap: true },
    splitLine: { lineStyle: { color: colors.line } },
    ...more,
  };
}

// So many points are drawn at once, in one style; of fewer each is an element of its own.
export const MANY = { large: true, largeThreshold: 500 };

export const GRID = { left: 4, right: 12, top: 28, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "all" };

export function tooltip(colors, formatter) {
  return {
    // Confined, it needs no arrow, which ECharts would write with a style attribute.
    confine: true,
    backgroundColor: colors.panel,
    borderColor: colors.edge,
    textStyle: { color: colors.text, fontSize: 12 },
    padding: 8,
    formatter,
  };
}
