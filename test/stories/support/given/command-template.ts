import { quoteSh } from "../../../../src/base/quote.js";
import { refusal } from "./refusal.js";

/** What stands for a machine in a template: `{name}`, `{address}`, `{port}`, `{user}`, `{key}`. */
export interface MachineWords {
  readonly name: string;
  readonly address: string;
  readonly port: string;
  readonly user: string;
  readonly key: string;
}

const KNOWN: readonly (keyof MachineWords)[] = ["name", "address", "port", "user", "key"];

/** `{word}`, but not `${word}`, which is the shell's own. */
const PLACEHOLDER = /(?<!\$)\{([A-Za-z_]+)\}/g;

/** Nothing in such a value is special to a shell, wherever it stands. */
const PLAIN = /^[A-Za-z0-9_.:@%+/-]+$/;

/**
 * The shell command that a template makes for a machine. A value with special characters becomes one quoted word; where
 * the template has quotes of its own around such a value, this throws `usage`, for two layers of quotes would undo each
 * other.
 */
export function filledCommand(option: string, template: string, words: MachineWords): string {
  checkTemplate(option, template);
  return template.replace(PLACEHOLDER, (placeholder, word: keyof MachineWords, at: number) => {
    const value = words[word];
    if (PLAIN.test(value)) return value;
    if (value === "")
      throw refusal("usage", `${option}: the spec gives no value for ${placeholder} of ${words.name}`, inSpec(word));
    if (isQuoted(template.slice(0, at)))
      throw refusal(
        "usage",
        `${option}: ${placeholder} of ${words.name} is ${JSON.stringify(value)}, which cannot stand between quotes`,
        `take the quotes around ${placeholder} away; it is quoted where that is needed`,
      );
    return quoteSh(value);
  });
}

/** Throws `usage` for a template that is empty or names what no machine has. */
export function checkTemplate(option: string, template: string): void {
  if (template.trim() === "") throw refusal("usage", `${option} is empty`, "give a shell command, or leave it out");
  for (const [placeholder, word = ""] of template.matchAll(PLACEHOLDER)) {
    if ((KNOWN as readonly string[]).includes(word)) continue;
    const known = KNOWN.map((one) => `{${one}}`).join(", ");
    throw refusal("usage", `${option}: ${placeholder} stands for nothing`, `a machine has ${known}`);
  }
}

function inSpec(word: keyof MachineWords): string {
  return word === "key" ? "give identityFile to the host in the spec" : `give ${word} to the host in the spec`;
}

/** The text ends inside of quotes of the shell, or behind a backslash. */
function isQuoted(text: string): boolean {
  let open = "";
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (character === "\\" && open !== "'") {
      if (at === text.length - 1) return true;
      at += 1;
    } else if (open === character) open = "";
    else if (open === "" && (character === "'" || character === '"')) open = character;
  }
  return open !== "";
}
