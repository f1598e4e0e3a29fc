import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Reads the command lines of all processes of this computer every 100 ms and remembers those that hold one of the
 * secrets. What runs on the machines is watched by a loop on the nodes themselves, see {@link watchOnNode}.
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

// The patterns are in a file, so the watcher's own command lines hold none of them.
const LOOP = `cd /root; rm -f watch.found watch.samples; (
  while [ -e watch.patterns ]; do
    cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" "\\n" | grep -F -f watch.patterns >> watch.found
    echo >> watch.samples
    sleep 0.1
  done
) >/dev/null 2>&1 </dev/null & exit 0`;

interface WatchedCluster {
  on(node: string, command: string, input?: string): Promise<{ code: number; stdout: string }>;
}

/** Starts the same watch on a node: a loop that goes on until {@link stopOnNode}. */
export async function watchOnNode(cluster: WatchedCluster, node: string, secrets: readonly string[]): Promise<void> {
  await cluster.on(node, "umask 077; cat > /root/watch.patterns", `${secrets.join("\n")}\n`);
  const { code } = await cluster.on(node, LOOP);
  if (code !== 0) throw new Error(`${node}: the watch did not start`);
}

export async function stopOnNode(cluster: WatchedCluster, node: string): Promise<{ found: string; samples: number }> {
  const { stdout } = await cluster.on(
    node,
    "rm /root/watch.patterns; wc -l < /root/watch.samples; cat /root/watch.found; rm -f /root/watch.*",
  );
  const [samples = "0", ...found] = stdout.split("\n");
  return { found: found.join("\n").trim(), samples: Number(samples) };
}

/** Lines of a PEM file that give it away: the base64 body. */
export function keyLines(pem: string): string[] {
  return pem.split("\n").filter((line) => line.length >= 40 && !line.startsWith("-----"));
}
