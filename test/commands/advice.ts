import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import type { Command } from "@oclif/core";

/** Stands for what a template puts in: a name, a number, an address. */
const FILLED = "\uE000";
const SOURCE = join(import.meta.dirname, "../../src");
const SCRIPTS = join(import.meta.dirname, "../../templates/node");

export type Commands = ReadonlyMap<string, typeof Command>;

/** A command that a text tells to type, as words; `undefined` for words that no command begins with. */
export interface Advice {
  readonly where: string;
  readonly text: string;
  readonly name: string | undefined;
  readonly words: readonly string[];
}

/** The program's name where a command begins: at the start of a text, behind what leads to one, or in quotes. */
const TYPED = /(?:^|[:`'("] ?|&& |\b(?:then|or|and|run|see|first|command) )alpine-k8s (?=[\w\uE000-])/gm;

/** What all texts of the program and of the node scripts say behind `alpine-k8s`. */
export function allAdvice(commands: Commands): readonly Advice[] {
  return [...filesOf(SOURCE, ".ts").flatMap(textsOfSource), ...filesOf(SCRIPTS, ".sh").flatMap(textsOfScript)].flatMap(
    ({ where, text }) =>
      [...text.matchAll(TYPED)].map(({ 0: { length }, index }) => ({
        ...{ where, text: text.replaceAll(FILLED, "…") },
        ...commandIn(text.slice(index + length), commands),
      })),
  );
}

interface Text {
  readonly where: string;
  readonly text: string;
}

function filesOf(folder: string, ending: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(ending));
  return names.sort().map((name) => join(folder, name));
}

function textsOfScript(file: string): readonly Text[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => !/^\s*#/.test(line)).map((text) => ({ where: file, text }));
}

/** Every text, and those that are words behind `alpine-k8s` by their place: variables and methods called `again`. */
function textsOfSource(file: string): readonly Text[] {
  const found: Text[] = [];
  const visit = (node: ts.Node, isAgain: boolean): void => {
    const text = textOf(node);
    if (text !== undefined && text !== "") {
      const isWords = isAgain && /^(?!alpine-k8s)[a-z]/.test(text);
      found.push({ where: file, text: isWords ? `alpine-k8s ${text}` : text });
    }
    const named = (ts.isVariableDeclaration(node) || ts.isMethodDeclaration(node)) && node.name.getText() === "again";
    // What a template puts in is shown by FILLED; texts inside are words of their own only outside `again`.
    if (!(isAgain && ts.isTemplateExpression(node))) ts.forEachChild(node, (child) => visit(child, isAgain || named));
  };
  visit(ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true), false);
  return found;
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => FILLED + literal.text).join("");
}

/** The command that the words begin with, and its words up to where the sentence goes on. */
function commandIn(rest: string, commands: Commands): Pick<Advice, "name" | "words"> {
  const [sentence = ""] = rest.split(/ {2}|[`'"()]| && |\n/);
  const words = sentence.split(" ").filter((word) => word !== "");
  const plain = words.map((word) => word.replace(new RegExp(`${FILLED}+$`), "").replace(/[,;:.]$/, ""));
  const name = [2, 1].map((count) => plain.slice(0, count).join(" ")).find((one) => commands.has(one));
  const command = commands.get(name ?? "");
  if (name === undefined || command === undefined) return { name: undefined, words };
  const head = words.slice(0, name.split(" ").length).join(" ");
  // A sentence that ends behind the command's name has no words for it.
  return { name, words: /[,;:.]$/.test(head) ? [] : ownWords(words.slice(name.split(" ").length), command) };
}

/** Flags with their values, and as many other words as the command takes; all behind `--`. */
function ownWords(words: readonly string[], command: typeof Command): readonly string[] {
  const own: string[] = [];
  let room = command.strict ? Object.keys(command.args).length : 1;
  let isValue = false;
  for (const [index, word] of words.entries()) {
    if (word === "--") return [...own, ...words.slice(index)].map(value);
    const bare = word.replace(/[,;:.]$/, "");
    const isFlag = bare.startsWith("-");
    if (!isFlag && !isValue && room-- <= 0) break;
    own.push(bare);
    isValue = isFlag && !bare.includes("=") && takesValue(bare, command);
    if (bare !== word) break;
  }
  return own.map(value);
}

function takesValue(spelled: string, { flags }: typeof Command): boolean {
  const known = Object.entries(flags).find(
    ([name, { char }]) => spelled === `--${name}` || spelled === `-${char ?? ""}`,
  );
  return known?.[1].type === "option";
}

function value(word: string): string {
  return word.replaceAll(FILLED, "1");
}
