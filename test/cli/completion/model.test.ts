import { describe, expect, it } from "vitest";
import { completionModel, type KnownCommand, type KnownFlag } from "../../../src/cli/completion/model.js";
import { bashScript } from "../../../src/cli/completion/bash.js";

const command = (id: string, flags: readonly KnownFlag[] = [], more: Partial<KnownCommand> = {}): KnownCommand => ({
  ...{ id, summary: `Do ${id}.`, args: {}, ...more },
  flags: Object.fromEntries(flags.map((flag) => [flag.name, flag])),
});

describe("the model of completion", () => {
  it("has the program first, then commands and topics by their words", () => {
    const model = completionModel([command("up"), command("token:show"), command("token:list")]);
    expect(model.map(({ words }) => words)).toEqual(["", "token", "token list", "token show", "up"]);
    expect(model[0]?.next).toEqual([
      { word: "token", summary: "show, list" },
      { word: "up", summary: "Do up" },
    ]);
    expect(model[0]?.flags.flatMap(({ names }) => names)).toEqual(["--help", "--version"]);
    expect(model[1]?.next.map(({ word }) => word)).toEqual(["list", "show"]);
  });

  it("keeps a command's own summary when it is a topic, too", () => {
    const model = completionModel([command("token"), command("token:list")]);
    expect(model[0]?.next).toEqual([{ word: "token", summary: "Do token" }]);
  });

  it("leaves out what is hidden, and names the way to switch a flag off", () => {
    const flags: KnownFlag[] = [
      { name: "color", type: "boolean", allowNo: true },
      { name: "secret", type: "boolean", hidden: true },
    ];
    const model = completionModel([command("up", flags), command("internal", [], { hidden: true })]);
    expect(model.map(({ words }) => words)).toEqual(["", "up"]);
    expect(model[1]?.flags.flatMap(({ names }) => names)).toEqual(["--color", "--no-color", "--help"]);
  });

  it.each([
    [{ options: ["a", "b"] }, ["a", "b"]],
    [{ helpValue: "FOLDER" }, "folder"],
    [{ helpValue: "FILE" }, "file"],
    [{ helpValue: "RUN" }, "runs"],
    [{ helpValue: "N" }, "text"],
    [{}, "text"],
  ])("a flag with %j takes %j", (more, kind) => {
    const [, up] = completionModel([command("up", [{ name: "x", type: "option", char: "y", ...more }])]);
    expect(up?.flags[0]).toMatchObject({ names: ["--x", "-y"], takes: kind });
  });

  it("of words that would need quoting is refused", () => {
    const model = completionModel([command("up", [{ name: "x", type: "option", options: ["$(exit)"] }])]);
    expect(() => bashScript(model)).toThrow('the word "$(exit)" cannot be completed');
  });
});
