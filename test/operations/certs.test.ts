import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { certificateAdvice } from "../../src/control-plane/certificates/advice.js";
import {
  certificatesOf,
  leastDaysLeft,
  type ClusterCertificate,
} from "../../src/control-plane/certificates/certificates.js";
import { parseFacts } from "../../src/alpine/facts.js";
import { createClusterCa } from "../../src/pki/ca.js";
import { readCredentials } from "../../src/kubeconfig/admin-config.js";
import { up } from "../../src/operations/up/up.js";
import type { UpSummary } from "../../src/operations/up/summary.js";
import { issue } from "../pki/issue.js";
import { SPEC } from "../commands/run-command.js";
import { rewriteAdminConfig } from "../fakes/admin-conf.js";
import { certsRenew } from "../../src/operations/certs/renew.js";
import type { AlpineK8sError } from "../../src/base/errors.js";
import { FakeWorld } from "./fake-world.js";

const DAY = 24 * 3600_000;

let world: FakeWorld;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
});

function run(): Promise<UpSummary> {
  const { folder } = world;
  const signal = new AbortController().signal;
  return up({ folder, overrides: {}, tools: world.tools(), progress: world.progress(), signal });
}

async function folderDaysLeft(): Promise<number> {
  const text = await readFile(join(world.folder, "admin.config"), "utf8");
  return (readCredentials(text).notAfter.getTime() - Date.now()) / DAY;
}

const changes = (): string[] => world.transcript.filter((line) => /\$/.test(line) && !line.includes("read only"));

describe("up", () => {
  it("renews below 30 days, before it talks to the API, and writes the new admin.config", async () => {
    await run();
    await world.issue(29);
    await rewriteAdminConfig(world);
    world.transcript.splice(0);
    const summary = await run();
    expect(changes()).toEqual(["Renew certificates / master1$ certs.sh"]);
    const renewed = world.transcript.indexOf("Renew certificates / master1$ certs.sh");
    expect(world.transcript.findIndex((line) => line.includes("/ api "))).toBeGreaterThan(renewed);
    expect(world.transcript[renewed + 1]).toBe("Renew certificates / master1$ admin.conf (read only)");
    expect(summary.warnings).toEqual([]);
    expect(await folderDaysLeft()).toBeGreaterThan(364);
    world.transcript.splice(0);
    await run();
    expect(world.transcript).toContain("Renew certificates: nothing to do, 364 days left");
  });

  it("with expired certificates, whose API answers nobody, renews first", async () => {
    await run();
    await world.issue(-1);
    Object.assign(world.machine("master1"), { api: "down" });
    world.transcript.splice(0);
    await run();
    expect(changes()).toEqual([
      "Renew certificates / master1$ certs.sh",
      "Initialise the control plane / master1$ master.sh",
    ]);
  });

  it("continues a renewal that was cut off, however long the certificates on the disk have", async () => {
    await run();
    world.machine("master1").facts["certificate_renewal"] = "pending";
    world.transcript.splice(0);
    await run();
    expect(changes()).toEqual(["Renew certificates / master1$ certs.sh"]);
  });

  it("only warns when the node refuses and there is time left", async () => {
    await run();
    await world.issue(12);
    world.failures.set("master1$ certs.sh", { exitCode: 10, stderr: "alpine-k8s: CA: the key is not on this master" });
    const summary = await run();
    expect(summary.warnings).toEqual([
      expect.stringMatching(
        /^the certificates have 11 days left and could not be renewed: master1: the node is not fit for Kubernetes\n.*the key is not on this master$/,
      ),
    ]);
  });

  it.each([
    { what: "expired", days: -1, exitCode: 10, kind: "node" },
    { what: "an API that does not come back", days: 12, exitCode: 14, kind: "timeout" },
  ])("fails for $what", async ({ days, exitCode, kind }) => {
    await run();
    await world.issue(days);
    world.failures.set("master1$ certs.sh", { exitCode, stderr: "alpine-k8s: no" });
    await expect(run()).rejects.toMatchObject({ kind, node: "master1" });
  });

  it("fetches an admin.config anew that has less than 30 days, though the master's has more", async () => {
    await run();
    await world.issue(20);
    await rewriteAdminConfig(world);
    await world.issue(300);
    world.transcript.splice(0);
    await run();
    expect(changes()).toEqual([]);
    expect(await folderDaysLeft()).toBeGreaterThan(299);
  });
});

describe("three masters", () => {
  const MASTERS = ["master1", "master2", "master3"];

  beforeEach(async () => {
    world = await FakeWorld.create(`${SPEC}  nodes: { masters: { count: 3 }, minions: { count: 1 } }\n`);
    await run();
    world.transcript.splice(0);
  });

  const renew = () => {
    const signal = new AbortController().signal;
    return certsRenew({ folder: world.folder, tools: world.tools(), progress: world.progress(), signal });
  };

  it("are renewed by up one after the other, admin.config from one of them once", async () => {
    await world.issue(29);
    await rewriteAdminConfig(world);
    await run();
    const renewing = world.transcript.filter((line) => line.startsWith("Renew certificates / "));
    expect(renewing).toEqual([
      ...MASTERS.map((name) => `Renew certificates / ${name}$ certs.sh`),
      "Renew certificates / master1$ admin.conf (read only)",
    ]);
    expect(await folderDaysLeft()).toBeGreaterThan(364);
  });

  it("one that refuses is told; the others are renewed", async () => {
    await world.issue(12);
    const stderr = "alpine-k8s: CA: the key is not on this master";
    world.failures.set("master1$ certs.sh", { exitCode: 10, stderr });
    const summary = await run();
    expect(changes()).toEqual(MASTERS.map((name) => `Renew certificates / ${name}$ certs.sh`));
    expect(summary.warnings).toEqual([
      expect.stringContaining("could not be renewed: master1: the node is not fit for Kubernetes\n"),
    ]);
  });

  it("with expired certificates are renewed all at once, as etcd comes back with a majority only", async () => {
    await world.issue(-1);
    let underWay = 0;
    const tools = world.tools();
    const connect: typeof tools.connect = async (target, options) => {
      const host = await tools.connect(target, options);
      return {
        ...host,
        run: async (command) => {
          if (command.name !== "certs.sh") return host.run(command);
          underWay += 1;
          await expect.poll(() => underWay).toBe(3);
          return host.run(command);
        },
      };
    };
    const { folder } = world;
    const signal = new AbortController().signal;
    await up({ folder, overrides: {}, tools: { ...tools, connect }, progress: world.progress(), signal });
    expect(changes().slice(0, 3).sort()).toEqual(MASTERS.map((name) => `Renew certificates / ${name}$ certs.sh`));
  });

  it("are all renewed by certs renew", async () => {
    const renewed = await renew();
    expect(changes().slice(0, 3)).toEqual(MASTERS.map((name) => `Renew certificates / ${name}$ certs.sh`));
    const all = [...MASTERS, "minion1"];
    expect(changes().slice(3).sort()).toEqual(all.map((name) => `Renew kubelet certificates / ${name}$ serving.sh`));
    expect(world.transcript.filter((line) => line.includes("admin.conf"))).toHaveLength(1);
    expect([...new Set(renewed.certificates.map(({ node }) => node))]).toEqual(all);
  });

  it.each([
    { what: "is halted", change: { running: false }, words: "master2 does not answer by ssh" },
    { what: "is not set up", change: { state: "started" as const }, words: "master2 is not set up yet" },
    { what: "is two hours ahead", change: { clockOffset: 7200 }, words: "master2 has a clock that is 7" },
  ])("are left alone by certs renew when one of them $what", async ({ change, words }) => {
    Object.assign(world.machine("master2"), change);
    const failure = renew();
    await expect(failure).rejects.toMatchObject({ kind: "node", node: "master2" });
    await expect(failure).rejects.toThrow(words);
    expect(changes()).toEqual([]);
  });

  it("tell admin.config from another one when the first is lost", async () => {
    world.machine("master1").api = "down";
    await renew();
    expect(world.transcript.filter((line) => line.includes("admin.conf"))).toEqual([
      "Renew certificates / master2$ admin.conf (read only)",
    ]);
  });
});

describe("certs renew", () => {
  it("that fails names the log of the node", async () => {
    await run();
    world.failures.set("master1$ certs.sh", { exitCode: 13, stderr: "alpine-k8s: no" });
    const { folder } = world;
    const signal = new AbortController().signal;
    const error = await certsRenew({ folder, tools: world.tools(), progress: world.progress(), signal }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ kind: "node", node: "master1" });
    expect((error as AlpineK8sError).logFile).toMatch(/\/\.alpine-k8s\/logs\/[^/]+-certs-renew\/master1\.log$/);
  });
});

describe("certificates of a node", () => {
  it("are judged by file and day; the first of kubeadm's to end counts", async () => {
    const ca = await createClusterCa({ name: "demo" });
    const now = new Date("2026-11-21T12:00:00Z");
    const body = async (days: number): Promise<string> => {
      const notAfter = new Date(now.getTime() + days * DAY);
      const { certificate } = await issue(ca, { subject: "O=system:nodes, CN=system:node:minion1", notAfter });
      return certificate.replaceAll(/-----.*-----|\n/g, "");
    };
    const pem = Buffer.from(ca.certificate).toString("base64");
    const facts = parseFacts(
      [
        "fact state finished",
        `fact certificate /etc/kubernetes/pki/apiserver.crt ${await body(31)}`,
        `fact certificate /etc/kubernetes/pki/etcd/peer.crt ${await body(29.5)}`,
        `fact certificate /etc/kubernetes/pki/mine.crt ${await body(1)}`,
        `fact certificate /var/lib/kubelet/pki/kubelet-client-current.pem ${await body(-0.5)}`,
        `fact certificate /etc/kubernetes/pki/ca.crt ${pem}`,
        "fact certificate /etc/kubernetes/pki/front-proxy-client.crt none",
        "fact certificate /etc/kubernetes/pki/etcd/server.crt AAAA",
      ].join("\n"),
    );
    const found = certificatesOf("minion1", facts, now);
    expect(found.map(({ file, daysLeft, state, renewedBy }) => [file, daysLeft, state, renewedBy].join(" "))).toEqual([
      "/etc/kubernetes/pki/apiserver.crt 31 ok kubeadm",
      "/etc/kubernetes/pki/etcd/peer.crt 29 soon kubeadm",
      "/etc/kubernetes/pki/mine.crt 1 soon nobody",
      "/var/lib/kubelet/pki/kubelet-client-current.pem -1 expired kubelet",
      expect.stringMatching(/^\/etc\/kubernetes\/pki\/ca\.crt \d{4} ok nobody$/) as string,
      "/etc/kubernetes/pki/front-proxy-client.crt  unreadable kubeadm",
      "/etc/kubernetes/pki/etcd/server.crt  unreadable kubeadm",
    ]);
    expect(found[0]).toMatchObject({
      node: "minion1",
      subject: "O=system:nodes, CN=system:node:minion1",
      expires: "2026-12-22T12:00:00Z",
    });
    expect(found[4]?.expires).toBe(
      new Date(new X509Certificate(ca.certificate).validTo).toISOString().replace(".000Z", "Z"),
    );
    expect(leastDaysLeft(found)).toBe(29);
    expect(leastDaysLeft([])).toBeUndefined();
  });

  it.each<[Partial<ClusterCertificate>, string | undefined]>([
    [{ state: "ok" }, undefined],
    [{ file: "/etc/kubernetes/pki/apiserver.crt", renewedBy: "kubeadm" }, "minion1: alpine-k8s certs renew"],
    [
      { file: "/var/lib/kubelet/pki/kubelet-client-current.pem", renewedBy: "kubelet", state: "expired" },
      "minion1: /var/lib/kubelet/pki/kubelet-client-current.pem has expired, so that its kubelet is not let in: alpine-k8s remove-node minion1 && alpine-k8s add-node minion1",
    ],
    [
      { node: "master1", file: "/etc/kubernetes/kubelet.conf", renewedBy: "kubelet", state: "expired" },
      "master1: /etc/kubernetes/kubelet.conf has expired, so that its kubelet is not let in; what to type there: docs/certs.md",
    ],
    [
      { file: "/var/lib/kubelet/pki/kubelet-client-current.pem", renewedBy: "kubelet" },
      "minion1: /var/lib/kubelet/pki/kubelet-client-current.pem has 3 days left, and its kubelet should have renewed it; on the node: rc-service kubelet restart, then look at /var/log/kubelet/kubelet.log",
    ],
    [
      { file: "/var/lib/kubelet/pki/kubelet.crt", state: "expired" },
      "minion1: /var/lib/kubelet/pki/kubelet.crt has expired: alpine-k8s up",
    ],
    [
      { file: "/etc/kubernetes/pki/ca.crt" },
      "minion1: /etc/kubernetes/pki/ca.crt has 3 days left; a CA, or a file of your own, is not renewed automatically: docs/certs.md",
    ],
    [
      { file: "/etc/kubernetes/pki/apiserver.crt", renewedBy: "kubeadm", state: "unreadable", daysLeft: null },
      "minion1: /etc/kubernetes/pki/apiserver.crt cannot be read, and kubeadm cannot renew what it cannot read: docs/certs.md",
    ],
    [
      { file: "/x/admin.config", renewedBy: "alpine-k8s", state: "unreadable", daysLeft: null },
      "/x/admin.config cannot be read; remove it, then: alpine-k8s kubectl-config",
    ],
  ])("come with what to type: %o", (given, line) => {
    const common = { node: "minion1", file: "x", subject: "", expires: "", daysLeft: 3 };
    const certificate: ClusterCertificate = { ...common, state: "soon", renewedBy: "nobody", ...given };
    expect(certificateAdvice([certificate, certificate])).toEqual(line === undefined ? [] : [line]);
  });
});
