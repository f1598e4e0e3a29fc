import { relative } from "node:path";
import { Parser } from "@oclif/core";
import { describe, expect, it } from "vitest";
import { allCommands } from "../cli/completion/commands.js";
import { allAdvice, type Advice } from "./advice.js";
import { ROOT } from "./run-command.js";

const commands = new Map((await allCommands()).map(({ name, command }) => [name, command]));
const advice = allAdvice(commands);

/** They give what stands behind `--` to another program. */
const PASSING_ON = ["kubectl", "ssh"];

/** Why oclif does not take the words of a command; empty when it does. */
async function refusalOf({ name = "", words }: Advice): Promise<string> {
  const command = commands.get(name);
  if (command === undefined) return `there is no command ${name}`;
  const { flags, args, strict } = command;
  // It is answered before anything is parsed.
  if (words.join() === "--help") return "";
  const end = words.indexOf("--");
  if (end !== -1 && !PASSING_ON.includes(name)) return "it passes nothing on";
  if (name === "ssh" && (words[0] ?? "--") === "--") return "ssh needs the name of a node";
  try {
    await Parser.parse([...(end === -1 ? words : words.slice(0, end))], { flags, args, strict });
    return "";
  } catch (error) {
    return String((error as Error).message).replaceAll(/\s*\n\s*/g, " ");
  }
}

describe("what messages tell to type", () => {
  it("is found in many places", () => {
    expect(advice.filter(({ name }) => name !== undefined).length).toBeGreaterThan(100);
    expect(new Set(advice.flatMap(({ name }) => name ?? [])).size).toBeGreaterThan(15);
  });

  it("are commands, flags and arguments that there are", async () => {
    const refused = await Promise.all(
      advice
        .filter(({ name }) => name !== undefined)
        .map(async (one) => {
          const why = await refusalOf(one);
          return why === "" ? [] : [`${relative(ROOT, one.where)}: ${one.text}: ${why}`];
        }),
    );
    expect(refused.flat()).toEqual([]);
  });

  it("begins with a command that there is", () => {
    const others = advice.filter(({ name, words }) => name === undefined && /^[a-z]/.test(words[0] ?? ""));
    // The title of the spec's schema.
    const known = ["alpine-k8s cluster"];
    expect(others.map(({ text }) => text)).toEqual(known);
  });
});
