import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start, type TestCluster } from "./bench.js";

const PROGRAM = join(import.meta.dirname, "watch-command-lines.py");

/** Command lines that held a secret, a line each, and how often all were read. */
export interface Seen {
  readonly found: string;
  readonly samples: number;
}

/**
 * Watches the command lines of all processes of this computer, those in benches included, and of the given nodes for
 * secrets, until {@link SecretWatch.stop}. The secrets are in files, so its own command lines hold none.
 */
export class SecretWatch {
  #folder = "";
  #onHost: Promise<unknown> | undefined;

  constructor(
    readonly cluster: TestCluster,
    readonly nodes: readonly string[],
  ) {}

  async start(secrets: readonly string[]): Promise<void> {
    const patterns = `${secrets.join("\n")}\n`;
    this.#folder = await mkdtemp(join(tmpdir(), "alpine-k8s-watch-"));
    await writeFile(join(this.#folder, "patterns"), patterns, { mode: 0o600 });
    this.#onHost = start("python3", [PROGRAM, this.#folder]).done;
    await Promise.all(this.nodes.map((node) => this.#startOn(node, patterns)));
  }

  async #startOn(node: string, patterns: string): Promise<void> {
    const files = "umask 077; rm -rf /root/watch; mkdir /root/watch; cd /root/watch";
    await this.#on(node, `${files}; cat > watch.py`, await readFile(PROGRAM, "utf8"));
    await this.#on(node, "cat > /root/watch/patterns", patterns);
    await this.#on(node, "python3 /root/watch/watch.py /root/watch >/root/watch/log 2>&1 </dev/null & exit 0");
  }

  /** Ends the watch and says what was seen, by the node's name; "" is this computer. */
  async stop(): Promise<Record<string, Seen>> {
    const read = (name: string): Promise<string> => readFile(join(this.#folder, name), "utf8");
    await rm(join(this.#folder, "patterns"));
    await this.#onHost;
    const seen = { "": { found: await read("found"), samples: Number(await read("samples")) } };
    await this.end();
    const onNodes = await Promise.all(this.nodes.map(async (node) => [node, await this.#stopOn(node)] as const));
    return { ...seen, ...Object.fromEntries(onNodes) };
  }

  /** Ends the watch on this computer, whatever became of the test. */
  async end(): Promise<void> {
    if (this.#folder !== "") await rm(this.#folder, { recursive: true, force: true });
  }

  async #stopOn(node: string): Promise<Seen> {
    const ended = "n=0; until [ -s samples ] || [ $n -ge 150 ]; do n=$((n + 1)); sleep 0.2; done";
    const result = await this.#on(node, `cd /root/watch && rm patterns && { ${ended}; } && cat samples found`);
    await this.#on(node, "rm -rf /root/watch");
    const [samples = "", ...found] = result.split("\n");
    return { found: found.join("\n"), samples: Number(samples) };
  }

  async #on(node: string, command: string, input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.cluster.on(node, command, input);
    if (code !== 0) throw new Error(`${node}: ${command}: ${stderr}`);
    return stdout;
  }
}

/** Lines of a PEM file that give it away: the base64 body. */
export function keyLines(pem: string): string[] {
  return pem.split("\n").filter((line) => line.length >= 40 && !line.startsWith("-----"));
}
