import type { RecordedRun } from "./run-time.js";
import { rowsOf, type Drawn, type Row } from "./svg-rows.js";
import { element, shortened, xmlText } from "./svg-text.js";

/** Pixels. */
const WIDTH = 1200;
const LEFT = 290;
const RIGHT = 30;
const TOP = 84;
const ROW = 20;
const BAR = 13;
/** Characters of a label. */
const LABEL = 40;

const STYLE = `text{font-family:sans-serif;font-size:12px;fill:#1a1a1a}.head{font-size:16px;font-weight:bold}.step{font-weight:bold}
.grid{stroke:#d0d0d0}.work{fill:#2f6db3}.steps .work{fill:#9a9a9a}.wait{fill:url(#hatched);stroke:#8a6d1a;stroke-width:0.5}
.failed{fill:#b3261e}.critical{stroke:#d4351c;stroke-width:3}`;

const HATCHED = `<pattern id="hatched" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="6" height="6" fill="#fff3cd"/><rect width="2" height="6" fill="#c9a227"/></pattern>`;

/** The time line of a run as one SVG document that needs nothing else: no script, no font, no other file. */
export function timelineSvg(name: string, run: RecordedRun): string {
  const rows = rowsOf(run);
  const height = TOP + rows.length * ROW + 16;
  const command = run.command === null ? "" : `alpine-k8s ${run.command}, `;
  const title = `${command}run ${name}: ${secondsOf(run.to - run.from)} s, ${run.outcome}`;
  const scale = scaleOf(run);
  const picture = [
    element("title", {}, xmlText(title)),
    element("desc", {}, "Steps, and the nodes within them, over time; the same figures: alpine-k8s timings"),
    element("style", {}, STYLE),
    element("defs", {}, HATCHED),
    element("rect", { width: WIDTH, height, fill: "#ffffff" }),
    element("text", { x: 12, y: 26, class: "head" }, xmlText(shortened(title, 120))),
    legend(),
    axis(run, scale, height),
    ...rows.map((row, index) => rowOf(row, TOP + index * ROW, scale)),
  ];
  const attributes = {
    ...{ xmlns: "http://www.w3.org/2000/svg", width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}`, role: "img" },
  };
  return `${element("svg", attributes, `\n${picture.join("\n")}\n`)}\n`;
}

type Scale = (time: number) => number;

function scaleOf({ from, to }: RecordedRun): Scale {
  const whole = Math.max(1, to - from);
  return (time) => LEFT + ((WIDTH - LEFT - RIGHT) * Math.min(Math.max(time - from, 0), whole)) / whole;
}

function secondsOf(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}

function legend(): string {
  const entry = (x: number, name: string, words: string, wide = 26): string =>
    element("rect", { x, y: 38, width: wide, height: BAR, class: name }) +
    element("text", { x: x + wide + 6, y: 49 }, xmlText(words));
  const line = element("line", { x1: 560, x2: 586, y1: 45, y2: 45, class: "critical" });
  return element(
    "g",
    {},
    [
      element("g", { class: "steps" }, entry(12, "work", "a step")),
      entry(100, "work", "work on a node"),
      entry(240, "wait", "a wait"),
      entry(330, "failed", "failed"),
      line,
      element("text", { x: 592, y: 49 }, "the critical path: what determined how long it took"),
    ].join(""),
  );
}

/** Lines at round seconds, at most a dozen. */
function axis({ from, to }: RecordedRun, scale: Scale, height: number): string {
  const whole = (to - from) / 1000;
  const step = STEPS.find((one) => whole / one <= 12) ?? Math.ceil(whole / 12);
  const lines: string[] = [];
  for (let second = 0; second <= whole; second += step) {
    const x = round(scale(from + second * 1000));
    lines.push(element("line", { x1: x, x2: x, y1: TOP - 8, y2: height - 8, class: "grid" }));
    lines.push(element("text", { x, y: TOP - 12, "text-anchor": "middle" }, `${Number(second.toFixed(1))} s`));
  }
  return element("g", {}, lines.join(""));
}

/** Seconds between two lines. */
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600];

function rowOf({ label, isStep, bars, critical }: Row, y: number, scale: Scale): string {
  const words = xmlText(shortened(label, LABEL));
  const text = element("text", { x: isStep ? 12 : 28, y: y + 11, ...(isStep ? { class: "step" } : {}) }, words);
  const lines = critical.map(({ from, to }) =>
    element("line", { x1: round(scale(from)), x2: round(scale(to)), y1: y + 16, y2: y + 16, class: "critical" }),
  );
  const drawn = bars.map((bar) => barOf(bar, y, scale));
  return element("g", isStep ? { class: "steps" } : {}, [text, ...drawn, ...lines].join(""));
}

function barOf({ from, to, isWait, isFailed, words }: Drawn, y: number, scale: Scale): string {
  const x = scale(from);
  // What took no time is still seen.
  const width = round(Math.max(scale(to) - x, 0.5));
  const tip = element("title", {}, xmlText(`${words}: ${secondsOf(to - from)} s`));
  const name = isFailed ? "failed" : isWait ? "wait" : "work";
  return element("rect", { x: round(x), y, width, height: BAR, class: name }, tip);
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
