import { quoteSh } from "../../../../src/base/quote.js";
import { refusal } from "./refusal.js";

/** The values of a machine's placeholders in a template: `{name}`, `{address}`, `{port}`, `{user}`, `{key}`. */
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

/** Values without characters that are special to a shell, with or without quotes around them. */
const PLAIN = /^[A-Za-z0-9_.:@%+/-]+$/;

/**
 * The shell command of a template for a machine. A value with special characters becomes one quoted word. Throws
 * `usage` if the template has its own quotes around such a value, because two layers of quotes would cancel each other.
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

/** Throws `usage` for a template that is empty or has an unknown placeholder. */
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

/** Whether the text ends inside shell quotes or after a backslash. */
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
