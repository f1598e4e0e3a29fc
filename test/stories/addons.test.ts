import { X509Certificate } from "node:crypto";
import { cp, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inBench, startBench } from "./support/bench.js";
import { benchMachines } from "./support/bench-machines.js";
import { fqdn, hostsSpec, lines, TestCluster } from "./support/cluster.js";
import { type Machines, nodeAddress } from "./support/machines.js";
import { expectDone, ROOT, start, waitFor } from "./support/programs.js";

// Add-ons are brought, looked at and taken away by commands; the pages are those of small images of ours, in upstream's
// shape.
const cluster = new TestCluster("addons");
const NODES = ["master1", "minion1"];
const NOTE = "# what I want to look at";
let machines: Machines;

beforeAll(async () => {
  await startBench();
  expectDone(await start("bash", ["test/packages.sh", "chromium"]).done);
  machines = await benchMachines("addons", { masters: 1, minions: 1 });
  await cluster.reset(`${hostsSpec("addons", machines.logins)}  ${NOTE}\n`);
  for (const name of ["headlamp", "metrics-server"]) {
    await cp(join(ROOT, `practice/addons/${name}.yaml`), join(cluster.folder, `${name}.yaml`));
  }
  expectDone(await cluster.run("up"));
});

afterAll(() => machines.end());

const names = async (...words: string[]): Promise<string[]> => {
  const { stdout } = await cluster.kubectl("get", ...words, "-o", "name");
  return lines(stdout);
};

/** The nodes of which `top` has figures. */
async function withFigures(): Promise<string[]> {
  const { code, stdout } = await cluster.run("top", "nodes", "-o", "json");
  if (code !== 0) return [];
  const { nodes } = JSON.parse(stdout) as { nodes: { name: string; cpu: number | null; memory: number | null }[] };
  return nodes.filter(({ cpu, memory }) => (cpu ?? 0) > 0 && (memory ?? 0) > 1e6).map(({ name }) => name);
}

/** Subject and fingerprint of the certificate that a node's kubelet shows; empty while it does not answer. */
async function shownBy(node: string): Promise<string> {
  const login = machines.logins.find(({ name }) => name === node);
  if (login === undefined) throw new Error(`no machine ${node}`);
  const asked = `openssl s_client -connect ${nodeAddress(login)}:10250 </dev/null 2>/dev/null`;
  const { stdout } = await inBench("sh", "-c", asked);
  if (!stdout.includes("BEGIN CERTIFICATE")) return "";
  const { subject, fingerprint256 } = new X509Certificate(stdout);
  return `${subject.split("\n").join()} ${fingerprint256}`;
}

describe("add-ons", () => {
  it("enable brings one, waits for it, and keeps the spec's comments; again there is nothing to do", async () => {
    const enable = ["addons", "enable", "headlamp", "--manifest", join(cluster.folder, "headlamp.yaml")];
    expectDone(await cluster.run(...enable));
    expect(await cluster.readSpec()).toMatch(new RegExp(`manifest: headlamp\\.yaml[^]*${NOTE}`));
    const { stdout } = await cluster.kubectl("-n", "kube-system", "get", "deployment", "headlamp", "--no-headers");
    expect(stdout).toMatch(/^headlamp +1\/1 /);
    const uids = [
      "-n",
      "kube-system",
      "get",
      "pods",
      "-l",
      "k8s-app=headlamp",
      "-o",
      "jsonpath={.items[*].metadata.uid}",
    ];
    const before = (await cluster.kubectl(...uids)).stdout;
    expectDone(await cluster.run(...enable));
    expectDone(await cluster.run("up"));
    expect((await cluster.kubectl(...uids)).stdout).toBe(before);
    expectDone(await cluster.run("addons", "status", "headlamp"));
  });

  it("dashboard leads a browser to its page; Ctrl-C leaves neither connection nor account", async () => {
    const dashboard = cluster.start("dashboard", "--print");
    await waitFor("the address", () => Promise.resolve(/eyJ/.test(dashboard.output())), 90_000);
    const [address = ""] = /http:\/\/127\.0\.0\.1:\d+\//.exec(dashboard.output()) ?? [];
    const profile = await mkdtemp(join(tmpdir(), "alpine-k8s-chromium-"));
    const flags = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`, "--dump-dom", address];
    const page = await inBench("chromium", ...flags);
    expect(page.stdout).toContain("<h1>practice page in the place of Headlamp</h1>");
    await cluster.signal("SIGINT");
    expect((await dashboard.done).code).toBe(130);
    expect((await inBench("curl", "--silent", "--max-time", "5", address)).code).toBe(7);
    expect(
      (await names("serviceaccounts,clusterrolebindings", "-A")).filter((name) => name.includes("dashboard")),
    ).toEqual([]);
  });

  it("top shows the numbers of all kubelets, whose certificates are verified, also when these are renewed", async () => {
    const manifest = join(cluster.folder, "metrics-server.yaml");
    expectDone(await cluster.run("addons", "enable", "metrics-server", "--manifest", manifest));
    await waitFor("figures of both", async () => (await withFigures()).length === NODES.length, 180_000);
    const { stdout } = await cluster.run("top", "pods", "-n", "kube-system");
    expect(stdout).toMatch(/kube-apiserver-master1\S+ +master1\S+ +\d+m +\d+ MiB/);
    const before = await shownBy("minion1");
    expectDone(await cluster.run("certs", "renew"));
    expect(await shownBy("minion1")).not.toBe(before);
    await waitFor("figures of both", async () => (await withFigures()).length === NODES.length, 180_000);
  });

  it("a kubelet with a certificate of its own making has none; doctor tells what to type, which helps", async () => {
    const files = "/var/lib/kubelet/pki/kubelet.crt /var/lib/kubelet/pki/kubelet.key";
    expectDone(await machines.on("minion1", `rm ${files} && rc-service kubelet restart`));
    await waitFor("a new one", async () => (await shownBy("minion1")).includes("CN=minion1"), 60_000);
    await waitFor("no figures", async () => (await withFigures()).join() === fqdn("master1"), 180_000);
    const doctor = await cluster.run("doctor");
    expect(doctor.stdout).toMatch(/its kubelet shows a certificate of its own making.*\n +\$ alpine-k8s up\n/);
    expectDone(await cluster.run("up"));
    await waitFor("figures of both", async () => (await withFigures()).length === NODES.length, 180_000);
  });

  it("disable takes away exactly what it brought", async () => {
    expectDone(
      await cluster.apply({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "mine", namespace: "kube-system" },
      }),
    );
    const kinds =
      "deployments,services,serviceaccounts,clusterroles,clusterrolebindings,rolebindings,apiservices,configmaps";
    for (const name of ["metrics-server", "headlamp"])
      expectDone(await cluster.run("addons", "disable", name, "--yes"));
    const left = (await names(kinds, "-A")).filter((name) => /metrics-server|headlamp|\/mine$/.test(name));
    expect(left).toEqual(["configmap/mine"]);
    expect(await cluster.readSpec()).not.toMatch(/headlamp|metrics-server/);
    expect(await cluster.readSpec()).toContain(NOTE);
    expectDone(await cluster.run("status"));
  });
});
