import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HOME, inBench, startInBench } from "./bench.js";
import type { Machines } from "./machines.js";
import { expectDone, waitFor } from "./programs.js";

const PORT = 8643;
const PKI = "/etc/kubernetes/pki";

/** Makes a master's API answer 503 to this computer only, until the returned function is called. */
export async function answer503(machines: Machines, master: string): Promise<() => Promise<void>> {
  const folder = join(HOME, "answers-503");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of ["apiserver.crt", "apiserver.key"]) {
    const read = await machines.on(master, `cat ${PKI}/${name}`);
    expectDone(read);
    await writeFile(join(folder, name), read.stdout, { mode: 0o600 });
  }
  const program = join(import.meta.dirname, "answers-503.js");
  const words = [program, join(folder, "apiserver.crt"), join(folder, "apiserver.key"), String(PORT)];
  const server = startInBench(["node", ...words]);
  await waitFor("the API that answers 503 listens", () => server.output().includes("ready"), 30_000);
  const address = machines.logins.find(({ name }) => name === master)?.address ?? "";
  const rule = ["OUTPUT", "-d", address, "-p", "tcp", "--dport", "6443", "-j", "REDIRECT", "--to-ports", String(PORT)];
  expectDone(await inBench("iptables", "-t", "nat", "-I", ...rule));
  return async () => {
    await inBench("iptables", "-t", "nat", "-D", ...rule);
    server.child.kill();
    await server.done;
  };
}
