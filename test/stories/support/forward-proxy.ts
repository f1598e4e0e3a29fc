import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HOME, inBench, startInBench } from "./bench.js";
import { OUTSIDE, PROXY_ADDRESS } from "./outside.js";
import { expectDone, type Running, waitFor } from "./programs.js";

const PORT = 3128;
/** Rejects every connection to the outside that is not the proxy's, from this computer and from nodes. */
const ONLY_PROXY = ["INPUT", "-d", OUTSIDE, "!", "-s", PROXY_ADDRESS, "-p", "tcp", "-j", "REJECT"];

/** A real forward proxy with a login, tinyproxy, and a packet filter that leaves no other way to the outside. */
export class ForwardProxy {
  #proxy: Running | undefined;

  constructor(
    private readonly user: string,
    private readonly password: string,
  ) {}

  /** The proxy's address, with this password in it. */
  address(password = this.password): string {
    return `http://${this.user}:${password}@${PROXY_ADDRESS}:${PORT}`;
  }

  async start(): Promise<void> {
    const folder = join(HOME, "proxy");
    const file = join(folder, "tinyproxy.conf");
    const settings = [`Listen ${PROXY_ADDRESS}`, `Port ${PORT}`, `Bind ${PROXY_ADDRESS}`, "ConnectPort 443"];
    settings.push(`BasicAuth ${this.user} ${this.password}`, "LogLevel Connect", "MaxClients 50", "");
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeFile(file, settings.join("\n"), { mode: 0o600 });
    const proxy = startInBench(["tinyproxy", "-d", "-c", file]);
    this.#proxy = proxy;
    const asked = [
      "node",
      "-e",
      `require("node:net").connect(${PORT}, "${PROXY_ADDRESS}").on("connect", () => process.exit(0))`,
    ];
    await waitFor("the proxy listens", async () => (await inBench(...asked)).code === 0, 30_000);
    expectDone(await inBench("iptables", "-I", ...ONLY_PROXY));
  }

  /** Its log of connections. */
  log(): string {
    return this.#proxy?.output() ?? "";
  }

  async stop(): Promise<void> {
    this.#proxy?.child.kill();
    await inBench("iptables", "-D", ...ONLY_PROXY);
  }
}
