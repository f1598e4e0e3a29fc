import { describe, expect, it } from "vitest";
import { parseOptions } from "../stories/support/given/options.js";
import { refusalText } from "../stories/support/given/refusal.js";
import { STORY_NAMES } from "../stories/support/stories.js";

const parse = (...words: string[]) => parseOptions(words, "/home/me");

function refused(...words: string[]): string {
  try {
    parse(...words);
  } catch (error) {
    const { text, exitCode } = refusalText(error);
    return `${exitCode} ${text}`;
  }
  return "not refused";
}

describe("the words behind npm run stories --", () => {
  it("name a spec; all else has a default beside it", () => {
    expect(parse("--spec", "lab/metal.yaml")).toEqual({
      ...{ specFile: "/home/me/lab/metal.yaml", reportFolder: "/home/me/lab/stories", commands: {} },
      ...{ stories: STORY_NAMES, image: "docker.io/library/busybox:1.36" },
    });
  });

  it("choose stories, commands, an image and a folder for the report", () => {
    const commands = ["--reset", "revert {name}", "--cut", "off {name}", "--reboot", "on {name}"];
    const more = ["--image", "registry/busybox:2", "--report", "/tmp/found"];
    expect(parse("--spec", "/s.yaml", "--only", "power", "--only", "hosts", ...commands, ...more)).toEqual({
      ...{ specFile: "/s.yaml", reportFolder: "/tmp/found", stories: ["hosts", "power"], image: "registry/busybox:2" },
      commands: { reset: "revert {name}", cut: "off {name}", reboot: "on {name}" },
    });
  });

  it("ask for help", () => {
    expect(parse("--help")).toBeUndefined();
  });

  it("are refused with what to type", () => {
    expect(refused()).toBe("2 Error: --spec is missing\nTry this: npm run stories -- --help\n");
    expect(refused("--spec", "s", "--only", "powr")).toBe(
      `2 Error: no story powr\nTry this: there are ${STORY_NAMES.join(", ")}\n`,
    );
    expect(refused("--spec", "s", "--cut", "off {machine}")).toMatch(
      /^2 Error: --cut: \{machine\} stands for nothing\n/,
    );
    expect(refused("--sepc", "s")).toMatch(
      /^2 Error: Unknown option '--sepc'.*\nTry this: npm run stories -- --help\n$/,
    );
  });
});
