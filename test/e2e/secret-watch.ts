import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Reads the command lines of all processes of this computer every 100 ms and remembers those that hold one of the
 * secrets. The machines' processes are watched by a loop on the nodes themselves, see `WATCH_ON_NODE`.
 */
export class SecretWatch {
  readonly #found = new Set<string>();
  #samples = 0;
  #stopped = false;
  #loop: Promise<void> | undefined;

  constructor(readonly secrets: () => readonly string[]) {}

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<{ found: readonly string[]; samples: number }> {
    this.#stopped = true;
    await this.#loop;
    return { found: [...this.#found], samples: this.#samples };
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const started = performance.now();
      await this.#sample();
      await sleep(Math.max(0, 100 - (performance.now() - started)));
    }
  }

  async #sample(): Promise<void> {
    this.#samples += 1;
    const secrets = this.secrets().filter((secret) => secret !== "");
    if (secrets.length === 0) return;
    for (const pid of await readdir("/proc")) {
      if (!/^\d+$/.test(pid)) continue;
      const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      if (secrets.some((secret) => line.includes(secret))) this.#found.add(line.replaceAll("\0", " "));
    }
  }
}

/** Lines of a PEM file that give it away: the base64 body. */
export function keyLines(pem: string): string[] {
  return pem.split("\n").filter((line) => line.length >= 40 && !line.startsWith("-----"));
}
