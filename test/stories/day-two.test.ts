import { chmod, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inBench, startBench, startInBench } from "./support/bench.js";
import { expectNobodyJoins, fqdn, hostsSpec, lines, MINOR, ready, TestCluster, VERSION } from "./support/cluster.js";
import { containerOf, expectAllReady, expectShown } from "./support/control-plane.js";
import { MIRROR_URL, serveKubectl } from "./support/kubectl-mirror.js";
import type { Machines } from "./support/machines.js";
import { planOf, runAsPlanned } from "./support/planned.js";
import { barePod, daemonSet, onNode } from "./support/pods.js";
import { expectDone, waitFor } from "./support/programs.js";
import { endSoon } from "./support/short-certificate.js";
import { storyMachines } from "./support/story-machines.js";
import { treeOf } from "./support/tree.js";

// What an administrator does with a running cluster of one master and one minion.
const cluster = new TestCluster("day-two");
const NODES = ["master1", "minion1"];
/** The number of a master's certificates, those in kubeconfigs included; super-admin.conf exists since 1.29. */
const CERTIFICATES = MINOR < 29 ? 10 : 11;
let machines: Machines;

beforeAll(async () => {
  await startBench();
  machines = await storyMachines("day-two");
  await cluster.reset(hostsSpec("day-two", machines.logins));
  expectDone(await cluster.run("up"));
  expectDone(await cluster.apply(daemonSet("guard")));
  expectDone(await cluster.kubectl("rollout", "status", "daemonset/guard", "--timeout=120s"));
});
afterAll(() => machines.end());

const ours = (...words: string[]): string[] => ["node", "bin/run.js", ...words];

describe("getting at a cluster", () => {
  it("kubectl-config brings kubectl from a mirror, checked, and lists the nodes", async () => {
    const mirror = await serveKubectl();
    try {
      const words = ["kubectl-config", "--mirror", MIRROR_URL];
      expect(await planOf(cluster, ...words)).toMatchObject([{ id: "bring-kubectl/-/download" }]);
      const outcome = await cluster.run(...words);
      expectDone(outcome);
      expect(await planOf(cluster, ...words)).toEqual([]);
      expect(outcome.stdout).toMatch(new RegExp(`^${fqdn("master1")} +Ready`, "m"));
      expect(outcome.stdout).toMatch(new RegExp(`^${fqdn("minion1")} +Ready`, "m"));
    } finally {
      mirror.kill();
    }
    const tree = await treeOf(cluster.folder);
    expect(tree["kubectl"]).toMatch(/^755 /);
    expect(tree["admin.config"]).toMatch(/^600 /);
    expectDone(await cluster.run("kubectl-config", "--mirror", MIRROR_URL));
    expect(await treeOf(cluster.folder)).toMatchObject({ kubectl: tree["kubectl"] });
  });

  it("kubectl -- passes words, standard input and the exit code on", async () => {
    expect((await cluster.runKubectl("get", "nodes", "-o", "name")).stdout).toBe(
      `node/${fqdn("master1")}\nnode/${fqdn("minion1")}\n`,
    );
    const kubectl = ours("kubectl", "--dir", cluster.folder, "--");
    const pod = JSON.stringify(barePod("visitor", onNode(fqdn("minion1"))));
    expectDone(await startInBench([...kubectl, "apply", "-f", "-"], pod).done);
    expectDone(await cluster.kubectl("wait", "--for=condition=Ready", "pod/visitor", "--timeout=120s"));
    expect((await cluster.runKubectl("get", "nothing-of-the-kind")).code).toBe(1);
  });

  it("exec and logs of a pod go by it, too", async () => {
    const kubectl = ours("kubectl", "--dir", cluster.folder, "--");
    const exec = [...kubectl, "exec", "-i", "visitor", "--", "sh", "-c"];
    const outcome = await startInBench([...exec, 'cat; hostname; echo "a  b" >&2; exit 42'], "line in\n").done;
    expect([outcome.code, outcome.stdout]).toEqual([42, "line in\nvisitor\n"]);
    expect(outcome.stderr).toContain("a  b\n");
    expect((await cluster.runKubectl("logs", "visitor")).stdout).toBe("hello from visitor\n");
    expectDone(await cluster.runKubectl("delete", "pod", "visitor"));
  });

  it("ssh runs a command on a node and passes its exit code on", async () => {
    const ssh = ours("ssh", "minion1", "--dir", cluster.folder, "--");
    const outcome = await inBench(...ssh, "echo", "a  b", "$HOME");
    expect([outcome.code, outcome.stdout]).toEqual([0, "a  b $HOME\n"]);
    expect((await inBench(...ssh, "sh", "-c", "exit 42")).code).toBe(42);
  });
});

describe("looking after a cluster", () => {
  it("certificates that end soon are told, and renewed by up; certs renew does it at any time", async () => {
    const before = await cluster.uids();
    await endSoon(machines, "master1", "apiserver", 10);
    const soon = await cluster.run("certs", "status");
    expectDone(soon);
    expect(soon.stdout).toMatch(/master1 +\/etc\/kubernetes\/pki\/apiserver\.crt .* 9 +soon +kubeadm/);
    expect(soon.stdout).toContain("master1: alpine-k8s certs renew");
    const renewing = await runAsPlanned(cluster, "up");
    expect(renewing.stderr).toMatch(/ok Renew certificates \(/);
    expect(await daysLeft()).toBeGreaterThan(360);
    const goOn = (): Promise<string[]> =>
      Promise.all(["etcd", "kube-apiserver"].map((program) => containerOf(machines, "master1", program)));
    const running = await goOn();
    const renewed = await runAsPlanned(cluster, "certs", "renew");
    await expectAllReady(machines, "master1");
    expect(await goOn()).toEqual(running);
    await expectShown(machines, "master1");
    expect(renewed.stdout).toMatch(new RegExp(`^Renewed ${CERTIFICATES} certificates of cluster day-two`));
    const again = await cluster.run("up");
    expectDone(again);
    expect(again.stderr).toContain("Renew certificates: nothing to do");
    expect(await cluster.nodes()).toEqual(ready(...NODES));
    expect(await cluster.uids()).toEqual(before);
  });

  it("token rotate makes a new one and revokes the old one", async () => {
    const rotate = async (): Promise<string> => {
      const outcome = await runAsPlanned(cluster, "token", "rotate");
      const [id = "", secret = ""] = (await tokenFile()).split(".");
      expect(secret).toHaveLength(16);
      expect(outcome.stdout + outcome.stderr).not.toContain(secret);
      return `secret/bootstrap-token-${id}`;
    };
    const first = await rotate();
    expect(await cluster.tokens()).toContain(first);
    const second = await rotate();
    expect(await cluster.tokens()).toContain(second);
    expect(await cluster.tokens()).not.toContain(first);
  });

  it("logs are shown, and exported without secrets", async () => {
    const shown = await cluster.run("logs", "minion1", "--source", "kubelet", "--lines", "5");
    expectDone(shown);
    expect(lines(shown.stdout)).toHaveLength(5);
    const token = await tokenFile();
    const log = "/var/log/kubelet/kubelet.log";
    expectDone(await machines.on("minion1", `cat >>${log}`, `a careless program says ${token} here\n`));
    const archive = join(cluster.folder, "..", "report.tar.gz");
    await rm(archive, { force: true });
    expectDone(await cluster.run("logs", "--export", archive));
    const { stdout } = await inBench("tar", "-xzOf", archive);
    expect(stdout).toContain("a careless program says [secret] here");
    expect(stdout).toContain("alpine-k8s-node");
    for (const secret of [token, "PRIVATE KEY-----\n", "client-key-data: LS0"]) expect(stdout).not.toContain(secret);
  });

  it("doctor finds no error, and then the faults that were made; what it says to type mends them", async () => {
    const sound = await cluster.run("doctor");
    expectDone(sound);
    expect(sound.stdout).not.toContain("doctor --fix");
    await chmod(join(cluster.folder, "cluster-token"), 0o644);
    const harm = "sysctl -w net.ipv4.ip_forward=0 && rc-update delete kubelet default";
    expectDone(await machines.on("minion1", harm));
    const ill = await cluster.run("doctor");
    expect(ill.code).toBe(4);
    expect(ill.stdout).toContain("error    secret-modes: others can read cluster-token (0644)");
    expect(ill.stdout).toMatch(/minion1\.example\.com\n(.*\n)*? {2}error {4}sysctls: net\/ipv4\/ip_forward is 0$/m);
    expect(ill.stdout).toMatch(/error {4}kubelet-service: /);
    const advice = adviceIn(ill.stdout).filter((words) => !adviceIn(sound.stdout).includes(words));
    expect(advice).toEqual(["doctor --fix"]);
    for (const words of advice) expectDone(await cluster.run(...words.split(" ")));
    expect((await machines.on("minion1", "cat /proc/sys/net/ipv4/ip_forward")).stdout).toBe("1\n");
    expect((await machines.on("minion1", "rc-update show default")).stdout).toMatch(/kubelet +\|/);
    expect((await treeOf(cluster.folder))["cluster-token"]).toMatch(/^600 /);
    const mended = await cluster.run("doctor");
    expectDone(mended);
    expect(adviceIn(mended.stdout)).not.toContain("doctor --fix");
  });

  it("config show is a spec that says the same", async () => {
    expectDone(await cluster.run("config", "validate"));
    const shown = await cluster.run("config", "show");
    expectDone(shown);
    expect(shown.stdout).toContain(VERSION);
    await cluster.writeSpec(shown.stdout);
    expectDone(await cluster.run("config", "validate"));
    const up = await cluster.run("up");
    expectDone(up);
    expect(up.stderr).toContain("Join the minions: nothing to do, 1 joined already");
  });
});

describe("a day and a night", () => {
  it("a node's own reboot needs no command", async () => {
    const before = { uids: await cluster.uids(), guards: await guards() };
    await machines.reboot("minion1");
    await runAgain(before.guards, ["minion1"]);
    await waitFor("all are Ready", async () => isDeepStrictEqual(await cluster.nodes(), ready(...NODES)), 60_000);
    expect(await cluster.uids()).toEqual(before.uids);
  });

  it("down does not switch somebody's machines off; its advice does, and up brings the same cluster back", async () => {
    const before = { uids: await cluster.uids(), guards: await guards() };
    const down = await cluster.run("down");
    expect(down.code).toBe(2);
    expect(down.stderr).toContain("the machines of cluster day-two are not ours to switch off");
    const advice = [...down.stderr.matchAll(/alpine-k8s ssh (\S+) -- (\S+) poweroff/g)];
    expect(advice.map(([, name]) => name)).toEqual(["minion1", "master1"]);
    for (const [, name = "", become = ""] of advice) {
      await inBench(...ours("ssh", name, "--dir", cluster.folder, "--", become, "poweroff"));
      await waitFor(`${name} is off`, async () => (await machines.on(name, "true")).code !== 0, 60_000);
    }
    await machines.plug(...NODES);
    await upChangesNobody(before);
  });

  it("after a power cut of all machines up brings the same cluster back", async () => {
    const before = { uids: await cluster.uids(), guards: await guards() };
    await machines.unplug(...NODES);
    await machines.plug(...NODES);
    await upChangesNobody(before);
    expectDone(await cluster.run("status"));
  });
});

/** `up` restores everything: the same node objects and pods, without any init or join. */
async function upChangesNobody(before: { uids: string[]; guards: Guards }): Promise<void> {
  const outcome = await cluster.run("up", "--verbose");
  expectDone(outcome);
  expectNobodyJoins(outcome);
  expect(await cluster.uids()).toEqual(before.uids);
  expect(await cluster.nodes()).toEqual(ready(...NODES));
  await runAgain(before.guards, NODES);
}

/** The DaemonSet's pods, by the short names of their nodes. */
type Guards = Record<string, { readonly uid: string; readonly restarts: number; readonly ready: boolean }>;

async function guards(): Promise<Guards> {
  const { code, stdout } = await cluster.kubectl("get", "pods", "-l", "app=guard", "-o", "json");
  if (code !== 0) return {};
  const { items } = JSON.parse(stdout) as { items: PodObject[] };
  return Object.fromEntries(
    items.map(({ metadata: { uid }, spec, status: { containerStatuses: [container] = [] } }) => [
      spec.nodeName.split(".")[0] ?? "",
      { uid, restarts: container?.restartCount ?? 0, ready: container?.ready ?? false },
    ]),
  );
}

interface PodObject {
  readonly metadata: { readonly uid: string };
  readonly spec: { readonly nodeName: string };
  readonly status: { readonly containerStatuses?: readonly { restartCount: number; ready: boolean }[] };
}

/** Waits until the same pods were restarted on these nodes and are ready. */
async function runAgain(before: Guards, names: readonly string[]): Promise<void> {
  const isAgain = (now: Guards, name: string): boolean =>
    now[name]?.ready === true && now[name].restarts > (before[name]?.restarts ?? Infinity);
  await waitFor("the pods run again", async () => {
    const now = await guards();
    return names.every((name) => isAgain(now, name));
  });
  const uidsOf = (all: Guards): string[] =>
    Object.values(all)
      .map(({ uid }) => uid)
      .sort();
  expect(uidsOf(await guards())).toEqual(uidsOf(before));
}

/** Days until the first certificate expires. */
async function daysLeft(): Promise<number> {
  const { stdout } = await cluster.run("certs", "status", "-o", "json");
  const { certificates } = JSON.parse(stdout) as { certificates: { daysLeft: number }[] };
  return Math.min(...certificates.map((one) => one.daysLeft));
}

/** The commands that a report of doctor says to type, each once, without the program's name. */
function adviceIn(report: string): string[] {
  return [...new Set([...report.matchAll(/\$ alpine-k8s (.+)/g)].map(([, words = ""]) => words))];
}

async function tokenFile(): Promise<string> {
  return (await readFile(join(cluster.folder, "cluster-token"), "utf8")).trim();
}
