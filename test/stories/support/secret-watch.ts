import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Outcome, start } from "./programs.js";

const PROGRAM = join(import.meta.dirname, "watch-command-lines.py");

/** Command lines with a secret in them, one per line, and how often all command lines were read. */
export interface Seen {
  readonly found: string;
  readonly samples: number;
}

/**
 * Watches the command lines of all processes of this computer for secrets, including those in benches and in
 * containers, until {@link SecretWatch.stop}. The secrets are passed in files, so its own command line has none.
 */
export class SecretWatch {
  #folder = "";
  #program: Promise<Outcome> | undefined;

  async start(secrets: readonly string[]): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), "alpine-k8s-watch-"));
    await writeFile(join(this.#folder, "patterns"), `${secrets.join("\n")}\n`, { mode: 0o600 });
    this.#program = start("python3", [PROGRAM, this.#folder]).done;
  }

  /** Ends the watch and returns what was seen. */
  async stop(): Promise<Seen> {
    const read = (name: string): Promise<string> => readFile(join(this.#folder, name), "utf8");
    await rm(join(this.#folder, "patterns"));
    await this.#program;
    const seen = { found: await read("found"), samples: Number(await read("samples")) };
    await this.end();
    return seen;
  }

  /** Ends the watch, also after the test has failed. */
  async end(): Promise<void> {
    if (this.#folder !== "") await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Lines of a PEM file that give it away: the base64 body. */
export function keyLines(pem: string): string[] {
  return pem.split("\n").filter((line) => line.length >= 40 && !line.startsWith("-----"));
}
