import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { everyElement, parseXml, type XmlElement } from "../operations/timings/xml.js";
import { readPng, type Colour, type Pixels } from "./support/png.js";
import { expectDone, ROOT, start } from "./support/programs.js";

// The picture in the docs, which is made by `timings --svg`, is opened in a real browser: Debian's Chromium, without a
// screen and without a network.
const FILE = join(ROOT, "docs/timings.svg");
const WORK: Colour = [0x2f, 0x6d, 0xb3];
const CRITICAL: Colour = [0xd4, 0x35, 0x1c];

let elements: readonly XmlElement[];
let dom: string;
let pixels: Pixels;

async function chromium(...words: readonly string[]): Promise<string> {
  const profile = await mkdtemp(join(tmpdir(), "alpine-k8s-chromium-"));
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1"];
  const alone = ["--host-resolver-rules=MAP * ~NOTFOUND", `--user-data-dir=${profile}`];
  const outcome = await start("chromium", [...flags, ...alone, ...words, `file://${FILE}`]).done;
  expectDone(outcome);
  return outcome.stdout;
}

beforeAll(async () => {
  expectDone(await start("bash", ["test/packages.sh", "chromium"]).done);
  const root = parseXml(await readFile(FILE, "utf8"));
  elements = everyElement(root);
  dom = await chromium("--dump-dom");
  const shot = join(await mkdtemp(join(tmpdir(), "alpine-k8s-picture-")), "shot.png");
  const { width = "", height = "" } = root.attributes;
  await chromium(`--screenshot=${shot}`, `--window-size=${width},${height}`);
  pixels = readPng(await readFile(shot));
});

/** Bars or lines of this class that stand in a row, wide enough to be looked at. */
function wide(name: string): readonly Readonly<Record<string, number>>[] {
  return elements
    .filter(({ attributes }) => attributes["class"] === name)
    .map(({ attributes }) => Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, Number(value)])))
    .filter(({ width = 0, x1 = 0, x2 = 0, y = 0, y1 = 0 }) => Math.max(width, x2 - x1) > 20 && Math.max(y, y1) > 80);
}

const isNear = (colour: Colour, wanted: Colour): boolean =>
  colour.every((channel, index) => Math.abs(channel - (wanted[index] ?? 0)) <= 24);

/** Whether a dark pixel, as of a letter, is in the rectangle. */
function hasInk([left, top, right, bottom]: readonly [number, number, number, number]): boolean {
  for (let y = top; y < bottom; y += 1)
    for (let x = left; x < right; x += 1) if (pixels.at(x, y).every((channel) => channel < 90)) return true;
  return false;
}

describe("in a browser the picture of a run", () => {
  it("is a document without errors, with all its labels", () => {
    expect(dom).not.toContain("parsererror");
    // A browser writes quotes within a text as they are.
    const shown = (text: string): string => text.replaceAll("&#39;", "'").replaceAll("&quot;", '"');
    for (const { text } of elements.filter(({ name }) => name === "text"))
      expect(dom).toContain(`>${shown(text)}</text>`);
  });

  it("is as large as it says, and white where nothing is", () => {
    expect(pixels.at(pixels.width - 4, pixels.height - 3)).toEqual([255, 255, 255]);
    expect(pixels.width).toBe(1200);
  });

  it("has letters for the title and for each row", () => {
    expect(hasInk([12, 10, 400, 30])).toBe(true);
    const labels = elements.filter(({ name, attributes }) => name === "text" && Number(attributes["y"]) > 80);
    expect(labels.length).toBeGreaterThan(5);
    for (const { attributes } of labels) {
      const [x, y] = [Number(attributes["x"]), Number(attributes["y"])];
      expect(hasInk([x, y - 11, x + 60, y + 3]), `a label at ${x}, ${y}`).toBe(true);
    }
  });

  it("has work as bars, and waits hatched in two colours", () => {
    const [bar] = wide("wait");
    const { x = 0, y = 0, width = 0 } = bar ?? {};
    const seen = new Set(
      Array.from({ length: Math.floor(width) - 4 }, (_, step) => pixels.at(Math.ceil(x) + 2 + step, y + 6).join()),
    );
    expect(seen.size).toBeGreaterThan(1);
    const works = wide("work").map((work) =>
      pixels.at(Math.round((work["x"] ?? 0) + (work["width"] ?? 0) / 2), (work["y"] ?? 0) + 6),
    );
    expect(works.some((colour) => isNear(colour, WORK))).toBe(true);
  });

  it("has a line where the critical path goes", () => {
    const lines = wide("critical");
    expect(lines.length).toBeGreaterThan(1);
    for (const { x1 = 0, x2 = 0, y1 = 0 } of lines) {
      expect(isNear(pixels.at(Math.round((x1 + x2) / 2), y1), CRITICAL)).toBe(true);
    }
  });
});
