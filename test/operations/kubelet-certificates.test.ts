import { X509Certificate } from "node:crypto";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { createClusterCa } from "../../src/pki/ca.js";
import { createServingPem } from "../../src/pki/serving-certificate.js";
import { addNode } from "../../src/operations/add-node/add-node.js";
import { certsRenew } from "../../src/operations/certs/renew.js";
import { certsStatus } from "../../src/operations/certs/status.js";
import { planUp, up } from "../../src/operations/up/up.js";
import type { UpSummary } from "../../src/operations/up/summary.js";
import { SPEC } from "../commands/run-command.js";
import { issue } from "../pki/issue.js";
import { FakeWorld } from "./fake-world.js";

const NODES = ["master1", "minion1"];
const HOSTS = `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  provider: hosts
  addons: [{ name: canal, manifest: network.yaml }]
  hosts:
    - { name: master1, role: master, address: 192.168.7.2 }
    - { name: minion1, role: minion, address: 192.168.7.10 }
`;
const DAY = 24 * 3600_000;

let world: FakeWorld;
beforeEach(async () => {
  world = await FakeWorld.create(`${SPEC}  nodes: { minions: { count: 1 } }\n`);
});

const input = () => ({
  ...{ folder: world.folder, tools: world.tools(), progress: world.progress() },
  signal: new AbortController().signal,
});
const run = (): Promise<UpSummary> => up({ ...input(), overrides: {} });
const fileOf = (name: string): string => join(world.folder, ".alpine-k8s/pki/kubelet", `${name}.pem`);
const certificateOf = async (name: string): Promise<X509Certificate> =>
  new X509Certificate(await readFile(fileOf(name)));
const shown = (name: string): X509Certificate =>
  new X509Certificate(Buffer.from(world.machine(name).serving, "base64"));
const renewals = (): string[] => world.transcript.filter((line) => line.includes("$ serving.sh"));

/** Writes another certificate for a node's kubelet into the folder, and lets its kubelet show it. */
async function replace(name: string, pem: string): Promise<void> {
  await writeFile(fileOf(name), pem);
  show(name, pem);
}

function show(name: string, pem: string): void {
  world.machine(name).serving = new X509Certificate(pem).raw.toString("base64");
}

async function ca(): Promise<{ certificate: string; key: string }> {
  const [certificate, key] = await Promise.all(
    ["crt", "key"].map((end) => readFile(join(world.folder, ".alpine-k8s/pki", `ca.${end}`), "utf8")),
  );
  return { certificate: certificate ?? "", key: key ?? "" };
}

describe("up", () => {
  it("gives every kubelet a certificate of its own name and address before it first starts; again nothing", async () => {
    await run();
    for (const [index, name] of NODES.entries()) {
      expect(shown(name).subjectAltName).toMatch(/^DNS:[^,]+, IP Address:[0-9.]+$/);
      expect(shown(name).subjectAltName).toContain(`DNS:${name}.`);
      expect(shown(name).fingerprint256).toBe((await certificateOf(name)).fingerprint256);
      expect(shown(name).subjectAltName).not.toContain(NODES[1 - index]);
      expect((await stat(fileOf(name))).mode & 0o777).toBe(0o600);
    }
    expect(renewals()).toEqual([]);
    world.transcript.splice(0);
    await run();
    expect(renewals()).toEqual([]);
  });

  it("renews one with less than 30 days, on that node alone", async () => {
    await run();
    const { subjectAltName = "" } = shown("minion1");
    const [, fqdn = "", address = ""] = /^DNS:(\S+), IP Address:(\S+)$/.exec(subjectAltName) ?? [];
    await replace("minion1", await createServingPem({ fqdn, address }, await ca(), new Date(Date.now() - 340 * DAY)));
    const plan = await planUp({ ...input(), overrides: {} });
    const planned = plan.steps.flatMap(({ items }) => items.map(({ text }) => text));
    expect(planned).toContain("renew the certificate of the kubelet on minion1, and restart it");
    expect(planned).not.toContain("renew the certificate of the kubelet on master1, and restart it");
    world.transcript.splice(0);
    await run();
    expect(renewals()).toEqual(["Renew kubelet certificates / minion1$ serving.sh"]);
    expect(new Date(shown("minion1").validTo).getTime()).toBeGreaterThan(Date.now() + 360 * DAY);
  });

  it("replaces what a kubelet has made itself, which nobody can verify", async () => {
    await run();
    show(
      "master1",
      (await issue(await createClusterCa({ name: "master1-ca" }), { subject: "CN=master1" })).certificate,
    );
    await run();
    expect(renewals()).toEqual(["Renew kubelet certificates / master1$ serving.sh"]);
    expect(shown("master1").fingerprint256).toBe((await certificateOf("master1")).fingerprint256);
  });

  it("completes what was cut off between the folder and the node", async () => {
    await run();
    await rm(fileOf("minion1"));
    await run();
    expect(renewals()).toEqual(["Renew kubelet certificates / minion1$ serving.sh"]);
  });

  it("leaves kubelets alone that get their certificates elsewhere", async () => {
    world = await FakeWorld.create(
      SPEC.replace("kubernetes: {", "kubernetes: { kubeadm: { KubeletConfiguration: { serverTLSBootstrap: true } },"),
    );
    await run();
    expect(world.machine("master1").serving).toBe("");
    await expect(readdir(join(world.folder, ".alpine-k8s/pki/kubelet"))).rejects.toThrow("ENOENT");
  });
});

describe("hosts, where the CA's key stays on masters", () => {
  beforeEach(async () => {
    world = await FakeWorld.create(HOSTS);
    await run();
    world.transcript.splice(0);
  });

  it("a node that is added gets one that is signed with the master's key", async () => {
    await addNode({ ...input(), wish: { count: 1, shape: {}, host: { address: "192.168.7.11" } } });
    expect(world.transcript).toContainEqual(expect.stringContaining("master1$ key of the CA (read only)"));
    expect(shown("minion2").subjectAltName).toContain("IP Address:192.168.7.11");
    await expect(readFile(join(world.folder, ".alpine-k8s/pki/ca.key"))).rejects.toThrow("ENOENT");
  });

  it("without the key anywhere up says so and goes on", async () => {
    await rm(fileOf("minion1"));
    world.hasCaKey = false;
    const { warnings } = await run();
    expect(renewals()).toEqual([]);
    expect(warnings).toEqual([
      "minion1: its kubelet's certificate is not renewed, for the CA's key is neither here nor on a master: put it into " +
        "/etc/kubernetes/pki/ca.key of a master for that time",
    ]);
  });
});

describe("certs renew", () => {
  it("renews those of all nodes that answer, however long they are valid", async () => {
    await run();
    const before = NODES.map((name) => shown(name).fingerprint256);
    const { certificates } = await certsRenew(input());
    expect(renewals().sort()).toEqual(NODES.map((name) => `Renew kubelet certificates / ${name}$ serving.sh`));
    for (const [index, name] of NODES.entries()) expect(shown(name).fingerprint256).not.toBe(before[index]);
    expect(certificates.filter(({ file }) => file.endsWith("/kubelet.crt")).map(({ node }) => node)).toEqual(NODES);
    const { healthy, certificates: all } = await certsStatus(input());
    expect(healthy).toBe(true);
    expect(all.filter(({ file }) => file.endsWith("/kubelet.crt")).map(({ renewedBy }) => renewedBy)).toEqual([
      "alpine-k8s",
      "alpine-k8s",
    ]);
  });
});
