import { X509Certificate } from "node:crypto";
import { expect } from "vitest";
import { startInBench } from "./bench.js";
import { fqdn } from "./cluster.js";
import { type Machines, nodeAddress } from "./machines.js";
import { expectDone, waitFor } from "./programs.js";

const PKI = "/etc/kubernetes/pki";

/** The id of the container in which a program of a master's control plane runs; empty when none does. */
export async function containerOf(machines: Machines, master: string, program: string): Promise<string> {
  const list = `crictl ps --quiet --label io.kubernetes.pod.name=${program}-${fqdn(master)}`;
  return (await machines.on(master, list)).stdout.trim();
}

/** Each program of the master's control plane says itself that it is ready, now. */
export async function expectAllReady(machines: Machines, master: string): Promise<void> {
  const api = await machines.on(master, "kubectl --kubeconfig /etc/kubernetes/admin.conf get --raw=/readyz?verbose");
  expectDone(api);
  expect(api.stdout).toContain("[+]etcd ok");
  for (const port of [10257, 10259]) {
    const at = `--kubeconfig /etc/kubernetes/admin.conf --server https://127.0.0.1:${port} --insecure-skip-tls-verify`;
    const outcome = await machines.on(master, `kubectl ${at} get --raw=/healthz`);
    expect({ port, says: outcome.stdout + outcome.stderr }).toEqual({ port, says: "ok" });
  }
  for (const program of ["kube-controller-manager", "kube-scheduler"]) {
    const lease = "kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system get lease";
    const leader = await machines.on(master, `${lease} ${program} -o jsonpath={.spec.holderIdentity}`);
    expect(leader.stdout).toMatch(/._./);
  }
}

/**
 * Waits until the API and etcd show the certificates that are on the master's disk: an API of Kubernetes 1.20 looks for
 * new ones every minute.
 */
export async function expectShown(machines: Machines, master: string): Promise<void> {
  for (const [file, port] of Object.entries({ "apiserver.crt": 6443, "etcd/server.crt": 2379 })) {
    const onDisk = await machines.on(master, `cat ${PKI}/${file}`);
    expectDone(onDisk);
    const wanted = new X509Certificate(onDisk.stdout).fingerprint256;
    await waitFor(`${file} is shown`, async () => (await shownAt(machines, master, port)) === wanted, 90_000);
  }
}

/** The fingerprint of the certificate that is shown at a port of the master. */
async function shownAt(machines: Machines, master: string, port: number): Promise<string> {
  const login = machines.logins.find(({ name }) => name === master);
  if (login === undefined) throw new Error(`no machine ${master}`);
  const look = `
    const socket = require("node:tls").connect({ host: "${nodeAddress(login)}", port: ${port}, rejectUnauthorized: false });
    socket.on("secureConnect", () => { process.stdout.write(socket.getPeerX509Certificate().fingerprint256); socket.destroy(); });
    socket.on("error", () => undefined);`;
  return (await startInBench(["node", "-e", look]).done).stdout;
}
