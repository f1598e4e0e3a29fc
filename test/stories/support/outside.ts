import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HOME, inBench, startInBench } from "./bench.js";
import { lines } from "./cluster.js";
import { expectDone, type Running, start, waitFor } from "./programs.js";

/** The address of the servers outside the bench; below it, the address from which a proxy reaches them. */
export const OUTSIDE = "198.51.100.10";
export const PROXY_ADDRESS = "198.51.100.1";

export type Manner = "good" | "busy" | "cut" | "silent" | "slow";

/**
 * Servers of the internet under their real names, inside the bench: https with the test's own CA, names in a hosts file
 * that only the bench sees. Each serves the files that it was given.
 */
export class Outside {
  readonly folder: string;
  #server: Running | undefined;

  constructor(
    story: string,
    private readonly hosts: readonly string[],
  ) {
    this.folder = join(HOME, "outside", story);
  }

  /** PEM of the CA that signed the servers' certificate. */
  get ca(): string {
    return join(this.folder, "ca.crt");
  }

  async start(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await mkdir(this.folder, { recursive: true });
    await this.#makeCertificate();
    for (const address of [OUTSIDE, PROXY_ADDRESS]) {
      await inBench("ip", "address", "add", `${address}/32`, "dev", "lo");
    }
    const names = `${await readFile("/etc/hosts", "utf8")}\n${OUTSIDE} ${this.hosts.join(" ")}\n`;
    await writeFile(join(this.folder, "hosts"), names);
    expectDone(await inBench("mount", "--bind", join(this.folder, "hosts"), "/etc/hosts"));
    await this.become("good");
    const program = join(import.meta.dirname, "outside-server.js");
    const server = startInBench(["node", program, this.folder, OUTSIDE]);
    this.#server = server;
    await waitFor("the servers outside listen", () => server.output().includes("ready"), 30_000);
  }

  /** A file of a server: `put("example.com/a/b", …)`. */
  async put(path: string, content: string | Buffer): Promise<void> {
    const file = join(this.folder, "files", path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }

  /** Sets how the servers answer from now on. */
  async become(manner: Manner): Promise<void> {
    await writeFile(join(this.folder, "manner"), manner);
  }

  /** Every request so far, as "FROM METHOD HOST/PATH MANNER". */
  requests(): readonly string[] {
    return lines(this.#server?.output() ?? "").filter((line) => line !== "ready");
  }

  async stop(): Promise<void> {
    this.#server?.child.kill();
    await inBench("umount", "/etc/hosts");
  }

  async #makeCertificate(): Promise<void> {
    const at = (name: string): string => join(this.folder, name);
    const openssl = async (...words: string[]): Promise<void> => expectDone(await start("openssl", words).done);
    const names = this.hosts.map((name) => `DNS:${name}`).join(",");
    await writeFile(at("extensions"), `subjectAltName=${names}\n`);
    const days = ["-days", "2"];
    const newKey = ["-newkey", "rsa:2048", "-nodes"];
    await openssl("req", "-x509", ...newKey, ...days, "-subj", "/CN=Outside", "-keyout", at("ca.key"), "-out", this.ca);
    await openssl("req", ...newKey, "-subj", "/CN=server", "-keyout", at("server.key"), "-out", at("server.csr"));
    const signing = ["-CA", this.ca, "-CAkey", at("ca.key"), "-CAcreateserial", "-extfile", at("extensions")];
    await openssl("x509", "-req", ...days, "-in", at("server.csr"), ...signing, "-out", at("server.crt"));
  }
}
