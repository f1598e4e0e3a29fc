import { describe, expect, it } from "vitest";
import { ruby } from "../../src/templates/quoting.js";
import { render } from "../../src/templates/render.js";

describe("ruby", () => {
  it.each([
    ["plain", '"plain"'],
    ["", '""'],
    [`"it's"`, `"\\"it's\\""`],
    ["a\\b", '"a\\\\b"'],
    ["#{x} #$x #@x # x", '"\\#{x} \\#$x \\#@x # x"'],
    ["a\nb\tc\r", '"a\\nb\\tc\\r"'],
    ["\0\u001b\u2028", '"\\u0000\\u001b\\u2028"'],
    ["ü", '"ü"'],
  ])("writes %j as %s", (text, literal) => {
    expect(ruby(text)).toBe(literal);
  });
});

describe("render", () => {
  it("quotes with helpers and escapes nothing by itself", () => {
    expect(render("{{plain}} {{ruby text}} {{sh text}}", { plain: "<&>", text: "it's" })).toBe(`<&> "it's" 'it'\\''s'`);
  });

  it("refuses a name that the context lacks, also inside a loop", () => {
    expect(() => render("{{nothing}}", {})).toThrow('"nothing" not defined');
    expect(() => render("{{#each list}}{{this.nothing}}{{/each}}", { list: [{}] })).toThrow('"nothing" not defined');
  });

  it("refuses to quote what is not a string", () => {
    expect(() => render("{{ruby number}}", { number: 1 })).toThrow("a quoting helper got a number, not a string");
  });
});
