import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { checkTemplate, filledCommand, type MachineWords } from "../stories/support/given/command-template.js";

const WORDS: MachineWords = { name: "alpha", address: "203.0.113.7", port: "22", user: "root", key: "/keys/my key's" };

function fill(template: string, more: Partial<MachineWords> = {}): string {
  return filledCommand("--cut", template, { ...WORDS, ...more });
}

describe("a command template", () => {
  it("gets the machine's words, also between quotes where nothing in them is special", () => {
    expect(fill("ssh hyper 'virsh destroy {name}'")).toBe("ssh hyper 'virsh destroy alpha'");
    expect(fill("ipmi -H {address} -p {port} -U {user} off")).toBe("ipmi -H 203.0.113.7 -p 22 -U root off");
  });

  it("keeps a value with special characters one word for the shell", () => {
    const printed = execFileSync("sh", ["-c", fill("printf '<%s>' {key} \"$HOME\" {name}")], { env: { HOME: "/h" } });
    expect(printed.toString()).toBe("</keys/my key's></h><alpha>");
  });

  it("refuses such a value between quotes of its own, and behind a backslash", () => {
    for (const template of ["ssh hyper 'use {key}'", 'echo "a {key}"', "echo \\{key}", "echo 'a' \"b'{key}\""])
      expect(() => fill(template)).toThrow('{key} of alpha is "/keys/my key\'s", which cannot stand between quotes');
    expect(fill(`echo 'a' "b" {key}`)).toMatch(/^echo 'a' "b" '\/keys/);
  });

  it("leaves the shell's own braces alone", () => {
    expect(fill("for n in {name}; do { echo ${n} $n; }; done")).toBe("for n in alpha; do { echo ${n} $n; }; done");
  });

  it("refuses what stands for nothing, what the spec does not say, and nothing at all", () => {
    expect(() => checkTemplate("--reset", "virsh revert {nmae}")).toThrow("--reset: {nmae} stands for nothing");
    expect(() => fill("ssh -i {key}", { key: "" })).toThrow("--cut: the spec gives no value for {key} of alpha");
    expect(() => checkTemplate("--reset", " ")).toThrow("--reset is empty");
  });
});
