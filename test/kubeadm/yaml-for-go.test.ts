import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { yamlForGo } from "../../src/model/kubeadm/yaml-for-go.js";

const WORDS = [
  "yes",
  "No",
  "on",
  "off",
  "y",
  "n",
  "~",
  "null",
  "true",
  "12:30",
  "190:20:30",
  "0777",
  "0o7",
  "0x1f",
  "0b1",
  "1e3",
  "1_000",
  "1.",
  "2001-01-01",
  "=",
  "",
  " a",
  "a: b",
  "#",
  "@x",
  "*a",
  "&a",
  "!t",
  "%d",
  "-",
  "- a",
  "a\nb",
];

describe("line ends of YAML 1.1 in a text", () => {
  it.each(["\u0085", "\u2028", "\u2029"])("stand as escapes (%j), in values and keys", (end) => {
    const data = { [`k${end}`]: [`a${end}b`, `${end}`, `back\\slash${end}`] };
    const text = yamlForGo(data);
    expect(text).not.toContain(end);
    expect(parse(text, { version: "1.1" })).toEqual(data);
  });
});

describe("yamlForGo", () => {
  it.each(WORDS)("quotes %j where YAML 1.1 or Go reads something else, as value and as key", (word) => {
    const text = yamlForGo({ list: [word], map: { [word]: "x" } });
    for (const version of ["1.1", "1.2"] as const) {
      expect(parse(text, { version })).toEqual({ list: [word], map: { [word]: "x" } });
    }
    if (/^[\w:.=<-]+$/.test(word) && word !== "-") expect(text).toContain(`- "${word}"`);
  });

  it("writes no directive and no anchors", () => {
    const shared = { a: 1 };
    expect(yamlForGo({ one: shared, two: shared })).toBe("one:\n  a: 1\ntwo:\n  a: 1\n");
  });

  it("does not fold long lines", () => {
    const long = "word ".repeat(60).trim();
    expect(yamlForGo({ long })).toBe(`long: ${long}\n`);
  });
});
