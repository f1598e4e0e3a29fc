import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { parseRun } from "../../../src/operations/timings/recorded-run.js";
import { writeSvg } from "../../../src/operations/timings/svg-file.js";
import { timelineSvg } from "../../../src/operations/timings/svg.js";
import { RunLines } from "./run-lines.js";
import { everyElement, parseXml, type XmlElement } from "./xml.js";

const LINES = RunLines.of("up")
  .step("start", { from: 0, to: 10 })
  .part("start", { from: 0, to: 6 }, { part: "start", waitsFor: "its machine" })
  .part("start", { from: 6, to: 10 }, { part: "preparing" })
  .step("join", { from: 10, to: 20 }, { after: ["start"], outcome: "failed" })
  .step("nothing", { from: 20, to: 20 }, { outcome: "skipped" })
  .ended(20, "failed");

function draw(lines: RunLines): readonly XmlElement[] {
  return everyElement(parseXml(timelineSvg("a-run", parseRun(lines.texts()))));
}

const texts = (all: readonly XmlElement[], name = "text"): readonly string[] =>
  all.filter((one) => one.name === name).map(({ text }) => text);
const ofClass = (all: readonly XmlElement[], name: string): readonly XmlElement[] =>
  all.filter(({ attributes }) => attributes["class"] === name);

describe("the picture of a run", () => {
  const all = draw(LINES);

  it("has a title, a legend, a time axis, and a row for each step and node that took time", () => {
    expect(texts(all)[0]).toBe("alpine-k8s up, run a-run: 20.0 s, failed");
    expect(texts(all)).toEqual(expect.arrayContaining(["a wait", "work on a node", "0 s", "10 s", "20 s"]));
    expect(texts(all).slice(-3)).toEqual(["Start", "master1", "Join"]);
  });

  it("has bars for work, hatched ones for waits, others for what failed, and says what each is", () => {
    const tips = (name: string): readonly string[] => texts(ofClass(all, name).flatMap(everyElement), "title");
    expect(tips("work")).toEqual(["Start: 10.0 s", "preparing: 4.0 s"]);
    expect(tips("wait")).toEqual(["start: waits for its machine: 6.0 s"]);
    expect(tips("failed")).toEqual(["Join: 10.0 s"]);
    expect(all.find(({ name }) => name === "pattern")?.attributes["id"]).toBe("hatched");
  });

  it("has each bar where its time is", () => {
    const [wait] = ofClass(all, "wait").filter(({ children }) => children.length > 0);
    const [, work] = ofClass(all, "work").filter(({ children }) => children.length > 0);
    // From 290 to 1170 pixels there are 20 s.
    expect(wait?.attributes).toMatchObject({ x: "290", width: "264" });
    expect(work?.attributes).toMatchObject({ x: "554", width: "176" });
  });

  it("marks the critical path", () => {
    const places = ofClass(all, "critical").map(({ attributes: { x1, x2 } }) => [x1, x2]);
    expect(places.slice(1)).toEqual([
      ["290", "730"],
      ["290", "730"],
      ["730", "1170"],
    ]);
  });

  it("needs nothing from elsewhere", () => {
    const svg = timelineSvg("a-run", parseRun(LINES.texts()));
    expect(svg).not.toMatch(/href|url\((?!#hatched)|@import|<script|<image/);
    expect(svg.match(/https?:[^"]*/g)).toEqual(["http://www.w3.org/2000/svg"]);
  });

  it.each([
    ["marks of XML", `<script>"&'</script>`, `&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;`],
    ["half a pair, and a non-character", "a\ud800b\uffff", "ab"],
    ["what acts on a screen", "a\u001b[2J\u202eb\u0085", "a[2Jb"],
    ["an emoji", "🐧", "🐧"],
  ])("is an XML document with %s in a name", (_name, name, expected) => {
    const lines = RunLines.of(name).step("start", { from: 0, to: 1 });
    const drawn = draw(lines.part("start", { from: 0, to: 1 }, { node: name, waitsFor: name }));
    expect(texts(drawn).at(-1)).toBe(expected);
    expect(texts(drawn, "title").at(-1)).toBe(`work: waits for ${expected}: 1.0 s`);
  });

  it("of a run without anything in it is a document, too", () => {
    const run = parseRun({ steps: "", timeline: "" });
    expect(texts(everyElement(parseXml(timelineSvg("a-run", run))))).toContain("run a-run: 0.0 s, unknown");
  });

  it.each([0.3, 7, 100, 4000, 100_000])(
    "of %d s has at most a dozen lines of time, and one at its beginning",
    (last) => {
      const marks = texts(draw(RunLines.of("up").step("a", { from: 0, to: last }))).filter((text) =>
        /^[\d.]+ s$/.test(text),
      );
      expect(marks[0]).toBe("0 s");
      expect(marks.length).toBeGreaterThan(1);
      expect(marks.length).toBeLessThanOrEqual(13);
    },
  );
});

describe("the file of a picture", () => {
  let file: string;
  beforeEach(() => {
    file = join(mkdtempSync(join(tmpdir(), "alpine-k8s-svg-")), "up.svg");
  });
  const written = (): string => readFileSync(file, "utf8");

  it("is an XML document with a stamp; one of ours is replaced", async () => {
    await writeSvg(file, "<svg/>\n", false);
    expect(parseXml(written()).name).toBe("svg");
    await writeSvg(file, "<svg><g/></svg>\n", false);
    expect(written()).toContain("<g/>");
  });

  it.each([
    ["of somebody else's", () => "<svg/>"],
    ["that was edited", (ours: string) => ours.replace("<svg/>", "<svg></svg>")],
    ["without its head", (ours: string) => ours.slice(1)],
  ])("%s is left alone, unless it is forced", async (_name, change) => {
    await writeSvg(file, "<svg/>\n", false);
    const text = change(written());
    writeFileSync(file, text);
    await expect(writeSvg(file, "<svg/>\n", false)).rejects.toMatchObject({
      kind: "conflict",
      message: `${file} is there already and is no picture that alpine-k8s timings has made; it was left alone`,
      hints: ["give another name, or replace it: alpine-k8s timings --svg FILE --force"],
    });
    expect(written()).toBe(text);
    await writeSvg(file, "<svg/>\n", true);
    expect(parseXml(written()).name).toBe("svg");
  });

  it("is written whole or not at all", async () => {
    const folder = join(file, "..");
    writeFileSync(join(folder, "plain"), "");
    await expect(writeSvg(join(folder, "plain", "up.svg"), "<svg/>", false)).rejects.toMatchObject({ code: "ENOTDIR" });
    expect([existsSync(file), readdirSync(folder)]).toEqual([false, ["plain"]]);
  });
});
