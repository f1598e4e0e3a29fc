import { describe, expect, it } from "vitest";
import { changeAt, Misfit } from "../../../src/addons/catalogue/change-at.js";

const object = {
  kind: "X",
  spec: {
    containers: [
      { name: "a", args: ["--one"] },
      { name: "b", args: ["--two"], env: [{ name: "V", value: "1" }] },
    ],
  },
  data: { "conf.json": '{"Network": "10.0.0.0/8", "Other": [1]}' },
};

describe("a change at a place", () => {
  it("sets what is there and makes what is missing at the end, and leaves the rest", () => {
    expect(changeAt(object, { at: ["kind"], value: "Y" })).toEqual({ ...object, kind: "Y" });
    expect(changeAt(object, { at: ["metadata", "labels"], value: { a: "b" } })).toEqual({
      ...object,
      metadata: { labels: { a: "b" } },
    });
    expect(Object.keys(changeAt(object, { at: ["kind"], value: "Y" }) as object)).toEqual(["kind", "spec", "data"]);
    expect(object.kind).toBe("X");
  });

  it("goes into one entry of a list by its name, or into each", () => {
    const one = changeAt(object, { at: ["spec", "containers", "name=b", "args"], append: ["--two", "--three"] });
    expect(one).toMatchObject({ spec: { containers: [{ args: ["--one"] }, { args: ["--two", "--three"] }] } });
    const each = changeAt(object, { at: ["spec", "containers", "*", "image"], value: "i" });
    expect(each).toMatchObject({ spec: { containers: [{ image: "i" }, { image: "i" }] } });
  });

  it("puts a named entry in once, whether the list has it, lacks it or is missing", () => {
    const value = { name: "V", value: "2" };
    const once = changeAt(object, { at: ["spec", "containers", "*", "env", "name=V"], value });
    expect(once).toMatchObject({ spec: { containers: [{ env: [value] }, { env: [value] }] } });
    expect(changeAt(once, { at: ["spec", "containers", "*", "env", "name=V"], value })).toEqual(once);
  });

  it("goes into a text that is JSON", () => {
    const changed = changeAt(object, { at: ["data", "conf.json", "$json", "Network"], value: "10.1.0.0/16" });
    const { data } = changed as typeof object;
    expect(JSON.parse(data["conf.json"])).toEqual({ Network: "10.1.0.0/16", Other: [1] });
    expect(data["conf.json"].endsWith("}\n")).toBe(true);
  });

  it("takes out a key or an entry", () => {
    expect(changeAt(object, { at: ["data"], remove: true })).toEqual({ kind: "X", spec: object.spec });
    expect(changeAt(object, { at: ["spec", "containers", "name=a"], remove: true })).toMatchObject({
      spec: { containers: [{ name: "b" }] },
    });
    expect(changeAt(object, { at: ["gone"], remove: true })).toEqual(object);
  });

  it.each([
    [["spec", "template", "spec", "x"], "spec.template"],
    [["spec", "containers", "name=c", "args"], "spec.containers.name=c"],
    [["spec", "volumes", "*", "name"], "spec.volumes"],
    [["kind", "$json", "x"], "kind that is JSON"],
    [["data", "conf.json", "$json", "a", "b", "c"], "data.conf.json.$json.a"],
  ])("refuses %j and says what is missing", (at, missing) => {
    expect(() => changeAt(object, { at, value: 1 })).toThrow(new Misfit(missing));
  });
});
