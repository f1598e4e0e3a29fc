import { createHash } from "node:crypto";

/** What a stamp says about a file: ours and unchanged, ours and edited since, or not made by us. */
export interface Stamp {
  readonly state: "ours" | "edited" | "foreign";
  /** Version of alpine-k8s that made the file; empty when foreign. */
  readonly version: string;
  /** Template that it was made from; empty when foreign. */
  readonly template: string;
}

export interface StampKind {
  /** Path of the template in the package, such as `Vagrantfile.hbs`. */
  readonly template: string;
  readonly version: string;
}

const FIRST = /^# Made by alpine-k8s (\S+) from its template (\S+)\.\r?$/;
const LAST = /^# sha256 of the rest of this file: ([0-9a-f]{64})\r?$/;

/**
 * The body with a comment at its top (below a `#!` line) that says what made it, that it may be edited, and its sha256.
 * For files whose comments start with `#`.
 */
export function stamp(kind: StampKind, body: string): string {
  const { head, rest } = splitShebang(body);
  const header = [
    `# Made by alpine-k8s ${kind.version} from its template ${kind.template}.`,
    "# You may edit it: an edited file is used as it is. `alpine-k8s render --force` makes it anew and keeps a backup.",
    `# sha256 of the rest of this file: ${sha256(body)}`,
    "",
  ].join("\n");
  return `${head}${header}${rest}`;
}

/** Reads a file's stamp. A changed byte outside the stamp, also of a line ending, makes it `edited`. */
export function readStamp(text: string): Stamp {
  const { head, rest } = splitShebang(text);
  const lines = rest.split("\n");
  const first = FIRST.exec(lines[0] ?? "");
  const last = lines.slice(1, 10).findIndex((line) => LAST.test(line)) + 1;
  if (!first || last === 0) return { state: "foreign", version: "", template: "" };
  const sum = LAST.exec(lines[last] ?? "")?.[1];
  const body = head + lines.slice(last + 1).join("\n");
  const [, version = "", template = ""] = first;
  return { state: sha256(body) === sum ? "ours" : "edited", version, template };
}

function splitShebang(text: string): { head: string; rest: string } {
  if (!text.startsWith("#!")) return { head: "", rest: text };
  const end = text.indexOf("\n") + 1;
  return end === 0 ? { head: text, rest: "" } : { head: text.slice(0, end), rest: text.slice(end) };
}

function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
