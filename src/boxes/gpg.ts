import { join } from "node:path";
import { AlpineK8sError } from "../base/errors.js";
import { makePrivateFolder } from "../base/files.js";
import { printable } from "../base/printable.js";
import { runLocal } from "../base/process.js";

/** What gpg says of a file and its signature. */
export type Verdict =
  /** `by`: name and fingerprint of the key that made it. */
  | { readonly state: "good"; readonly by: string }
  /** No key that is there made it; `key` is its number. */
  | { readonly state: "no-key"; readonly key: string }
  | { readonly state: "bad"; readonly why: string };

export interface Signed {
  readonly file: string;
  /** File with the signature. */
  readonly signature: string;
  /** File with the only key that counts; nothing: those of the user's keyring. */
  readonly key: string | undefined;
  /** Folder for a keyring of its own, when a key is given. */
  readonly work: string;
  readonly signal: AbortSignal;
}

export const NO_GPG = "gpg is not on this computer";
/** No questions, no agent, and no key from the net, whatever the user's gpg.conf says. */
const QUIET = ["--batch", "--no-tty", "--no-autostart", "--no-auto-key-retrieve", "--status-fd", "1"];
const LONGEST = 120;

/** Words of gpg's doc/DETAILS, "General status codes", for a signature that does not count, and what they mean. */
const BAD: Readonly<Record<string, string>> = {
  BADSIG: "the file is not the one that was signed",
  EXPSIG: "it has ended",
  EXPKEYSIG: "the key that made it has ended",
  REVKEYSIG: "the key that made it was revoked",
};

/**
 * Compares a file with its detached signature by gpg 2.1 or newer. Good is a signature by a key that is neither ended nor
 * revoked; whose key that is, gpg does not know. Throws `usage` for a file that holds no key, `prerequisite` without gpg.
 */
export async function verifySigned(signed: Signed): Promise<Verdict> {
  const { file, signature, key, signal } = signed;
  const ring = key === undefined ? [] : await ringOf(key, signed);
  const told = await gpg([...ring, "--verify", signature, file], signal);
  return refusedBy(told) ?? goodBy(told);
}

function refusedBy({ lines }: Told): Verdict | undefined {
  for (const [word, why] of Object.entries(BAD)) {
    const [key] = argumentsOf(lines, word) ?? [];
    if (key !== undefined) return { state: "bad", why: `${why} (key ${shortened(key)})` };
  }
  const [missing] = argumentsOf(lines, "NO_PUBKEY") ?? [];
  return missing === undefined ? undefined : { state: "no-key", key: shortened(missing) };
}

function goodBy({ exitCode, lines, stderr }: Told): Verdict {
  const [, ...names] = argumentsOf(lines, "GOODSIG") ?? [];
  // The last one is the main key's, also where a subkey has signed.
  const fingerprint = argumentsOf(lines, "VALIDSIG")?.at(-1);
  return exitCode === 0 && names.length > 0 && fingerprint !== undefined
    ? { state: "good", by: `${shortened(names.join(" "))}, ${shortened(fingerprint)}` }
    : { state: "bad", why: `gpg ended with ${exitCode}: ${lastLine(stderr)}` };
}

async function ringOf(key: string, { work, signal }: Signed): Promise<readonly string[]> {
  const home = join(work, "keyring");
  await makePrivateFolder(home);
  const ring = ["--no-options", "--homedir", home];
  const { exitCode, lines, stderr } = await gpg([...ring, "--import", key], signal);
  if (exitCode === 0 && argumentsOf(lines, "IMPORT_OK") !== undefined) return ring;
  throw new AlpineK8sError("usage", `${key} holds no key that gpg can read: ${lastLine(stderr)}`, {
    hints: ["give a file with a public OpenPGP key, as gpg --export writes it: --key FILE"],
  });
}

interface Told {
  readonly exitCode: number;
  /** Its status lines, as words. */
  readonly lines: readonly (readonly string[])[];
  readonly stderr: string;
}

async function gpg(args: readonly string[], signal: AbortSignal): Promise<Told> {
  const missing = { message: NO_GPG, hints: ["install GnuPG, or leave --key out"] };
  const { exitCode, stdout, stderr } = await runLocal({ program: "gpg", args: [...QUIET, ...args], signal, missing });
  const lines = stdout.split("\n").flatMap((line) => (line.startsWith("[GNUPG:] ") ? [line.slice(9).split(" ")] : []));
  return { exitCode, lines, stderr };
}

/** What follows a word of the status lines; undefined when it does not come. */
function argumentsOf(lines: readonly (readonly string[])[], word: string): readonly string[] | undefined {
  return lines.find(([first]) => first === word)?.slice(1);
}

/** Keys' names are written by whoever made them. */
function shortened(words: string): string {
  return printable(words).replaceAll("\n", " ").slice(0, LONGEST);
}

function lastLine(text: string): string {
  return shortened(text.trim().split("\n").at(-1) ?? "");
}
