import { createHash } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HOME, startBench, startInBench } from "./support/bench.js";
import { benchMachines } from "./support/bench-machines.js";
import { buildWithSum, canalFor } from "./support/build-with-sum.js";
import { hostsSpec, lines, ready, TestCluster } from "./support/cluster.js";
import { ForwardProxy } from "./support/forward-proxy.js";
import { everyNodeServes } from "./support/hello.js";
import { putImage } from "./support/image.js";
import type { Machines } from "./support/machines.js";
import { Outside, PROXY_ADDRESS } from "./support/outside.js";
import { onNode } from "./support/pods.js";
import { expectDone, type Outcome, quote, ROOT, start } from "./support/programs.js";
import { SecretWatch } from "./support/secret-watch.js";
import { treeOf } from "./support/tree.js";

// What users get who name no add-on: the catalogue's Canal, downloaded from its real address, here through a proxy that
// requires a login and is the only way to the outside for this computer and for the nodes.
const cluster = new TestCluster("default-path");
const NODES = ["master1", "minion1"];
const FQDNS = NODES.map((node) => `${node}.example.com`);
const CANAL = canalFor(20);
const { hostname: UPSTREAM, pathname: PATH } = new URL(CANAL.url);
const REGISTRY = "registry.example.net";
const PASSWORD = "Se.cret-42_walk";
const CACHE = join(HOME, "default-path-cache");
const POD_SUBNET = "10.88.0.0/16";

const outside = new Outside("default-path", [UPSTREAM, REGISTRY]);
const proxy = new ForwardProxy("walker", PASSWORD);
const watch = new SecretWatch();
const said: string[] = [];
let machines: Machines;
let manifest: string;
let build: string;
let untouched: readonly string[];

beforeAll(async () => {
  await startBench();
  machines = await benchMachines("default-path", { masters: 1, minions: 1 });
  await outside.start();
  await proxy.start();
  manifest = await readFile(join(ROOT, "practice/network.yaml"), "utf8");
  // Canal contains a PodDisruptionBudget in a version that the API of 1.20 does not serve.
  manifest += `---\n${BUDGET}`;
  await outside.put(`${UPSTREAM}${PATH}`, manifest);
  await putImage(outside, REGISTRY, "walk/sleeper");
  build = await buildWithSum(CANAL.sha256, manifest);
  const ca = await readFile(outside.ca, "utf8");
  for (const node of NODES) {
    expectDone(await machines.on(node, "mkdir -p /etc/ssl/certs; cat >>/etc/ssl/certs/ca-certificates.crt", ca));
  }
  await cluster.reset(spec());
  await rm(join(cluster.folder, "network.yaml"));
  await rm(CACHE, { recursive: true, force: true });
  untouched = await nodesAsTheyAre();
  await watch.start([PASSWORD]);
});

afterAll(async () => {
  await watch.end();
  await proxy.stop();
  await outside.stop();
  await machines.end();
});

const BUDGET = `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: calico-kube-controllers, namespace: kube-system, labels: { k8s-app: calico-kube-controllers } }
spec: { maxUnavailable: 1, selector: { matchLabels: { k8s-app: calico-kube-controllers } } }
`;

function spec(): string {
  const address = proxy.address();
  const more = `  proxy: { http: "${address}", https: "${address}" }\n  kubernetes: { podSubnet: ${POD_SUBNET} }\n`;
  return hostsSpec("default-path", machines.logins, more).replace(/^ {2}addons: .*\n/m, "");
}

/** A user's environment behind the proxy. */
function environment(password = PASSWORD): NodeJS.ProcessEnv {
  return {
    ...{ XDG_CACHE_HOME: CACHE, NODE_EXTRA_CA_CERTS: outside.ca },
    ...{ https_proxy: proxy.address(password), no_proxy: "10.250.250.0/24,127.0.0.1" },
  };
}

/** Runs a build on the cluster's folder. */
async function run(root: string, env: NodeJS.ProcessEnv, ...args: string[]): Promise<Outcome> {
  const words = ["node", join(root, "bin/run.js"), ...args, "--dir", cluster.folder];
  const outcome = await startInBench(words, undefined, env).done;
  said.push(outcome.stdout, outcome.stderr);
  return outcome;
}

/** The command was refused with these words; the cache is empty, and no node was touched. */
async function expectRefused(outcome: Outcome, code: number, words: string): Promise<void> {
  expect(outcome.stderr).toContain(words);
  expect(outcome.code).toBe(code);
  expect(await readdir(CACHE, { recursive: true }).catch(() => [])).toEqual([]);
  expect(await nodesAsTheyAre()).toEqual(untouched);
}

/** What a run changes first on nodes: their names, our files, kubeadm's files. */
async function nodesAsTheyAre(): Promise<readonly string[]> {
  const look = "hostname; find /etc/alpine-k8s /etc/kubernetes /etc/hosts -type f -exec md5sum {} + | sort";
  return Promise.all(NODES.map(async (node) => (await machines.on(node, look)).stdout));
}

describe("the default path, behind a proxy", () => {
  it("the build under test differs from the shipped one in one sum", async () => {
    const differences = async (folder: string): Promise<string> =>
      (await start("diff", ["-r", join(ROOT, folder), join(build, folder)]).done).stdout;
    expect(await differences("dist")).toBe("");
    const changed = (await differences("templates")).split("\n").filter((line) => /^[<>]/.test(line));
    expect(changed).toHaveLength(2);
    expect(changed[1]?.replace(/^>/, "<").replace(sumOf(manifest), CANAL.sha256)).toBe(changed[0]);
  });

  it("the shipped build refuses another file in words, with both sums", async () => {
    const outcome = await run(ROOT, environment(), "up");
    const words = `cannot use ${CANAL.url}: its SHA-256 is ${sumOf(manifest)}, expected ${CANAL.sha256}; nothing was stored`;
    await expectRefused(outcome, 4, words);
    expect(outcome.stderr).toContain("spec.addons: [{name: canal, manifest: FILE}]");
  });

  it("without a proxy, with a wrong password or an unknown CA it says what to set", async () => {
    const without = { ...environment(), https_proxy: "" };
    const alone = await run(build, without, "up");
    await expectRefused(alone, 3, `cannot download ${CANAL.url}: connect ECONNREFUSED`);
    expect(alone.stderr).toContain("behind a proxy set https_proxy");
    const login = "answered 401 (it wants a user: https_proxy=http://USER:PASSWORD@HOST:PORT)";
    await expectRefused(await run(build, environment("wrong"), "up"), 3, login);
    const stranger = { ...environment(), NODE_EXTRA_CA_CERTS: "" };
    await expectRefused(await run(build, stranger, "up"), 4, "NODE_EXTRA_CA_CERTS=/path/to/ca.pem");
  });

  it("a server that is busy, breaks off or falls silent ends up in words, and nothing is changed", async () => {
    await outside.become("busy");
    await expectRefused(await run(build, environment(), "up"), 3, "the server answered 503");
    await outside.become("cut");
    await expectRefused(await run(build, environment(), "up"), 3, "the connection ended early");
    await outside.become("silent");
    const silent = await run(build, environment(), "up");
    await expectRefused(silent, 3, "nothing came for 20 s");
    expect(silent.milliseconds).toBeLessThan(60_000);
  });

  it("a slow server is waited for: up ends healthy, with Canal fitted to the cluster", async () => {
    await outside.become("slow");
    const before = outside.requests().length;
    const outcome = await run(build, environment(), "up");
    expectDone(outcome);
    expect(outside.requests().slice(before)).toEqual([`${PROXY_ADDRESS} GET ${UPSTREAM}${PATH} slow`]);
    expect(await readdir(join(CACHE, "alpine-k8s/manifests"))).toEqual([`${sumOf(manifest)}.yaml`]);
    expect(await cluster.nodes()).toEqual(ready(...NODES));
    const settings = await cluster.kubectl("get", "configmap", "-n", "kube-system", "canal-config", "-o", "yaml");
    expect(settings.stdout).toContain(POD_SUBNET);
    const agent = await cluster.kubectl("get", "daemonset", "-n", "kube-system", "canal", "-o", "yaml");
    expect(agent.stdout).toMatch(/name: FLANNELD_IFACE_REGEX\s+value: \^10\\\.250\\\.250\\\./);
    expectDone(await cluster.kubectl("get", "poddisruptionbudget", "-n", "kube-system", "calico-kube-controllers"));
    const status = await run(build, environment(), "status");
    expectDone(status);
    expect(status.stdout).toMatch(/network-available\s+met/);
    console.log(`up by the default path, with a slow download: ${outcome.milliseconds} ms`);
  });

  it("runs pods that reach each other, with addresses of the spec's network", async () => {
    await everyNodeServes(cluster, NODES);
    const format = "jsonpath={.items[*].status.podIP}";
    const { stdout } = await cluster.kubectl("get", "pods", "-l", "app=hello", "-o", format);
    expect(stdout.split(" ").filter((address) => address.startsWith("10.88."))).toHaveLength(2);
  });

  it("the runtime of each node has the proxy, and leaves the cluster's own addresses out", async () => {
    for (const [index, node] of NODES.entries()) {
      const { stdout } = await machines.on(
        node,
        'tr "\\0" "\\n" </proc/$(pidof containerd)/environ | grep _PROXY= | sort',
      );
      const [http, https, none] = lines(stdout);
      expect([http, https]).toEqual([`HTTPS_PROXY=${proxy.address()}`, `HTTP_PROXY=${proxy.address()}`]);
      const address = machines.logins[index]?.address ?? "";
      for (const own of [
        address,
        POD_SUBNET,
        "10.96.0.0/12",
        "api.default-path.example.com",
        ".svc",
        ".cluster.local",
      ]) {
        expect(none?.replace("NO_PROXY=", "").split(",")).toContain(own);
      }
    }
  });

  it("nodes pull images by the proxy, and by nothing else", async () => {
    await outside.become("good");
    const before = outside.requests().length;
    expectDone(await cluster.apply(...FQDNS.map(sleeper)));
    const waiting = ["wait", "--for=condition=Ready", "pod", "-l", "app=sleeper", "--timeout=120s"];
    expectDone(await cluster.kubectl(...waiting));
    const pulls = outside.requests().slice(before);
    expect(
      pulls.filter((line) => line.includes(`GET ${REGISTRY}/v2/walk/sleeper/blobs/`)).length,
    ).toBeGreaterThanOrEqual(4);
    expect(pulls.filter((line) => !line.startsWith(`${PROXY_ADDRESS} `))).toEqual([]);
    for (const { address } of machines.logins)
      expect(proxy.log()).toMatch(new RegExp(`${address}.*\\n(.*\\n)*?.*${REGISTRY}`));
  });

  it("up again downloads nothing and changes no file", async () => {
    const [before, asked] = [await treeOf(cluster.folder), outside.requests().length];
    expectDone(await run(build, { ...environment(), https_proxy: "" }, "up"));
    expect(await treeOf(cluster.folder)).toEqual(before);
    expect(outside.requests().length).toBe(asked);
  });

  it("the proxy's password was in no output, log, command line or file but where it must be", async () => {
    const report = join(HOME, "default-path-report.tar.gz");
    await rm(report, { force: true });
    for (const words of [["doctor"], ["config", "show"], ["render"], ["logs"], ["logs", "--export", report]]) {
      expectDone(await run(build, environment(), ...words));
    }
    const { found, samples } = await watch.stop();
    expect(found).toBe("");
    expect(samples).toBeGreaterThan(10);
    expect(said.join("\n")).not.toContain(PASSWORD);
    const packed = await start("sh", ["-c", `gzip -dc ${quote(report)} | grep -a -c -F ${PASSWORD}`]).done;
    expect(packed.stdout.trim()).toBe("0");
    const here = await start("sh", ["-c", `cd ${quote(cluster.folder)} && grep -rlF ${PASSWORD} . | sort`]).done;
    expect(lines(here.stdout)).toEqual(["./.alpine-k8s/proxy/http", "./.alpine-k8s/proxy/https", "./alpine-k8s.yaml"]);
    for (const node of NODES) {
      const { stdout } = await machines.on(
        node,
        `find /etc /var/log /run /root /home /tmp -type f -exec grep -lF ${PASSWORD} {} + | sort`,
      );
      expect(lines(stdout)).toEqual(["/etc/conf.d/containerd"]);
      expect((await machines.on(node, "stat -c %a /etc/conf.d/containerd")).stdout.trim()).toBe("600");
    }
  });
});

function sleeper(fqdn: string): object {
  const metadata = { name: `sleeper-${fqdn.split(".")[0]}`, namespace: "default", labels: { app: "sleeper" } };
  const containers = [{ name: "sleeper", image: `${REGISTRY}/walk/sleeper:1` }];
  const tolerations = [{ operator: "Exists" }];
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { ...onNode(fqdn), tolerations, containers } };
}

function sumOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
