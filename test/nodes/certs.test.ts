import { describe, expect, test } from "vitest";
import { certificates, certsVariables, makeLivingMaster, OLD, renewals, SAVED } from "./living-master.js";
import type { FakeNode } from "./node.js";
import { caHash, minionVariables, sharedVariables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { freshNode } = useNodes();
const livingMaster = async (): Promise<FakeNode> => makeLivingMaster(await freshNode());

describe("certs.sh", () => {
  test("killed while kubeadm writes leaves words of it in the facts; the next run puts back and renews", async () => {
    const node = await livingMaster();
    node.fake("hang");
    const { pid, finished } = node.launch("certs", certsVariables);
    while (!node.has("/fake/hanging")) await new Promise((resolve) => setTimeout(resolve, 20));
    process.kill(-pid, "SIGKILL");
    await finished.catch(() => undefined);
    expect(node.read("/etc/kubernetes/pki/apiserver.crt")).toBe("");
    const facts = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check" });
    expect(facts.facts.get("certificate_renewal")).toBe("pending");
    expect(node.mode(SAVED)).toBe(0o700);
    for (const name of ["hang", "hanging"]) node.remove(`/fake/${name}`);
    const again = await node.run("certs", certsVariables);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain(
      "the last renewal on this node did not end; what was there before is put back first",
    );
    for (const text of Object.values(certificates(node))) expect(text).toMatch(/^renewed by \d+\n$/);
    expect(node.has(SAVED)).toBe(false);
    const after = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check" });
    expect(after.facts.get("certificate_renewal")).toBe("none");
  });

  test("cut off before everything was saved begins anew", async () => {
    const node = await livingMaster();
    node.write(`${SAVED}.new/admin.conf`, "half\n");
    const run = await node.run("certs", certsVariables);
    expect(run.code).toBe(0);
    expect(run.stdout).not.toContain("did not end");
    expect(node.has(`${SAVED}.new`)).toBe(false);
  });

  test("killed while what was saved is taken away: the next run puts back nothing of the old", async () => {
    const node = await livingMaster();
    node.write("/fake/prelude", `${node.read("/fake/prelude")}rm() { /fake/bin/rm "$@"; }\n`);
    node.write(
      "/fake/bin/rm",
      '#!/bin/busybox sh\nfor path; do\n  [ ! -e /fake/cut ] || [ ! -e "$path/pki/apiserver.crt" ] || ' +
        '{ /bin/busybox rm "$path/pki/apiserver.crt"; kill -9 "$PPID"; exit; }\ndone\nexec /bin/busybox rm "$@"\n',
      0o755,
    );
    node.fake("cut");
    await node.run("certs", certsVariables).catch(() => undefined);
    node.remove("/fake/cut");
    for (const text of Object.values(certificates(node))) expect(text).toMatch(/^renewed by \d+\n$/);
    const renewed = certificates(node);
    const facts = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check" });
    expect(facts.facts.get("certificate_renewal")).toBe("none");
    node.fake("no-renewal");
    expect((await node.run("certs", certsVariables)).code).toBe(13);
    expect(certificates(node)).toEqual(renewed);
    expect([node.has(SAVED), node.has(`${SAVED}.new`)]).toEqual([false, false]);
  });

  test("kubeadm that fails half-way: code 13 with its words, everything as before, nothing restarted", async () => {
    const node = await livingMaster();
    node.fake("no-renewal");
    const run = await node.run("certs", certsVariables);
    expect(run.code).toBe(13);
    expect(run.stderr).toBe(
      "alpine-k8s: kubeadm certs renew: the certificates are as before: failed to renew certificate apiserver: no space left on device\n",
    );
    expect(certificates(node)).toEqual(OLD);
    expect(node.has(SAVED)).toBe(false);
    expect(node.has("/fake/restarted")).toBe(false);
  });

  test("super-admin.conf, where kubeadm has made one, is put back with the rest", async () => {
    const node = await livingMaster();
    node.write("/etc/kubernetes/super-admin.conf", "old super\n");
    node.fake("no-renewal");
    expect((await node.run("certs", certsVariables)).code).toBe(13);
    expect(node.read("/etc/kubernetes/super-admin.conf")).toBe("old super\n");
    node.remove("/fake/no-renewal");
    expect((await node.run("certs", certsVariables)).code).toBe(0);
    expect(node.read("/etc/kubernetes/super-admin.conf")).toMatch(/^renewed by \d+\n$/);
  });

  test("a CA that kubeadm holds for external: code 13", async () => {
    const node = await livingMaster();
    node.fake("external-ca");
    const run = await node.run("certs", certsVariables);
    expect(run.code).toBe(13);
    expect(run.stderr).toContain("Detected external ca, certificate for serving the Kubernetes API can't be renewed");
  });

  test("without a CA's key: code 10 before anything is done", async () => {
    const node = await livingMaster();
    node.remove("/etc/kubernetes/pki/etcd/ca.key");
    const before = node.tree();
    const run = await node.run("certs", certsVariables);
    expect(run.code).toBe(10);
    expect(run.stderr).toContain("CA: the key /etc/kubernetes/pki/etcd/ca.key is not on this master");
    expect(node.tree()).toEqual(before);
    expect(renewals(node)).toBe(0);
  });

  test("a minion, a machine that is no node, another cluster's node: refused, nothing changed", async () => {
    const node = await freshNode();
    const clean = await node.run("certs", certsVariables);
    expect(clean.code).toBe(10);
    expect(clean.stderr).toContain("role: this node is clean, role none; only a finished master");
    await node.run("shared", { ...sharedVariables, AK8S_ROLE: "minion" });
    await node.run("minion", minionVariables);
    expect((await node.run("certs", certsVariables)).stderr).toContain("role: this node is finished, role minion");
    const other = await node.run("certs", { ...certsVariables, AK8S_CA_HASH: `${caHash.slice(0, -1)}b` });
    expect(other.code).toBe(11);
    expect(renewals(node)).toBe(0);
  });

  test("what was saved goes with the node's cluster", async () => {
    const node = await livingMaster();
    node.write(`${SAVED}/pki/apiserver.key`, "old key\n");
    expect((await node.run("reset", sharedVariables)).code).toBe(0);
    expect(node.has(SAVED)).toBe(false);
  });
});

describe("the facts", () => {
  test("tell every certificate, and of no file anything that is not one", async () => {
    const node = await livingMaster();
    const body = "TUlJQg==";
    const pem = `-----BEGIN CERTIFICATE-----\nTUlJ\nQg==\n-----END CERTIFICATE-----\n`;
    const secret = "-----BEGIN EC PRIVATE KEY-----\nU0VDUkVU\n-----END EC PRIVATE KEY-----\n";
    node.write("/etc/kubernetes/pki/apiserver.crt", `${pem}${pem}`);
    node.write("/etc/kubernetes/pki/etcd/server.crt", pem.replaceAll("\n", "\r\n"));
    node.write("/etc/kubernetes/pki/front-proxy-client.crt", "");
    node.write(
      "/etc/kubernetes/admin.conf",
      'users:\n- name: a\n  user:\n    client-certificate-data: "LS0t"\n    client-key-data: U0VDUkVU\n',
    );
    node.write("/etc/kubernetes/kubelet.conf", "    client-certificate: /var/lib/kubelet/pki/x.pem\n");
    node.write("/var/lib/kubelet/pki/kubelet-client-current.pem", `${secret}${pem}${secret}`);
    const { stdout } = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check" });
    const told = stdout.split("\n").filter((line) => line.startsWith("fact certificate "));
    expect(told).toEqual([
      "fact certificate /etc/kubernetes/pki/front-proxy-client.crt none",
      `fact certificate /etc/kubernetes/pki/apiserver.crt ${body}`,
      "fact certificate /etc/kubernetes/pki/ca.crt Tm90IGEgcmVhbCBjZXJ0aWZpY2F0ZQ==",
      `fact certificate /etc/kubernetes/pki/etcd/server.crt ${body}`,
      "fact certificate /etc/kubernetes/admin.conf LS0t",
      `fact certificate /var/lib/kubelet/pki/kubelet-client-current.pem ${body}`,
    ]);
    expect(stdout).not.toContain("U0VDUkVU");
  });
});
