import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ruby } from "../../src/templates/quoting.js";
import { anyText } from "./any-text.js";
import { allRight, casesOf } from "./cases.js";
import { printedBy } from "./programs.js";

const cases = casesOf((dice) => anyText(dice));
const literals = `[\n${cases.map(({ value }) => `  ${ruby(value)},`).join("\n")}\n]`;

describe("any text in the Vagrantfile", () => {
  it("is the same text as a literal of Ruby", async () => {
    const printed = await printedBy("ruby", ["-W2"], `${literals}.each { |text| puts [text].pack("m0") }\n`);
    const texts = printed
      .toString("utf8")
      .split("\n")
      .map((line) => Buffer.from(line, "base64").toString("utf8"));
    expect(texts.pop()).toBe("");
    await allRight(cases, (text, index) =>
      texts[index] === text ? undefined : `Ruby read ${JSON.stringify(texts[index])}`,
    );
  });

  // Vagrant's shell provisioner puts a value between double quotes, where it ends them for a double quote of its own.
  it("is the same text in a script's variable, through Ruby, Vagrant's quotes and the node's shell", async () => {
    const quoted =
      /^quoted = .*$/m.exec(readFileSync(join(import.meta.dirname, "../../Vagrantfile.hbs"), "utf8"))?.[0] ?? "";
    const vagrant = `"\\"" + value.gsub('"') { '"\\\\""' } + "\\""`;
    const lines = `quoted.({ "A" => text }).each_value { |value| puts "A=" + ${vagrant} + "; printf '%s\\\\0' \\"$A\\"" }`;
    const script = await printedBy("ruby", ["-W2"], `${quoted}\n${literals}.each { |text| ${lines} }\n`);
    const printed = await printedBy("busybox", ["ash"], script.toString("utf8"));
    const texts = printed.toString("utf8").split("\0");
    expect(texts.pop()).toBe("");
    await allRight(cases, (text, index) =>
      texts[index] === text ? undefined : `the node read ${JSON.stringify(texts[index])}`,
    );
  });
});
