import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addNodeSteps } from "../../src/operations/add-node/add-node.js";
import { removeNodeSteps } from "../../src/operations/remove-node/remove-node.js";
import { startBench } from "./support/bench.js";
import { benchMachines } from "./support/bench-machines.js";
import { hostsSpec, ready, TestCluster } from "./support/cluster.js";
import { atEach, inTurn, killedIn, killsIn, type Kills } from "./support/kill.js";
import { loginFlags, type Machines } from "./support/machines.js";
import { deployment } from "./support/pods.js";
import { expectDone } from "./support/programs.js";

// One cluster for all tests: its second machine becomes a node and leaves again, and each time something is killed.
// Only after a failure a new cluster is made.
const cluster = new TestCluster("kill-nodes");
const KINDS = [
  { role: "minion", name: "minion1" },
  { role: "master", name: "master2" },
] as const;
type Kind = (typeof KINDS)[number];

let machines: Machines;
/** The state of the second machine; `unknown` while a test runs, and after a test that failed. */
let state: "none" | "unknown" | Kind["name"] = "unknown";
/** The state that `up` left, before any node was added. */
let first: { readonly spec: string; readonly uids: readonly string[]; readonly tokens: readonly string[] };

beforeAll(startBench);
afterAll(() => machines.end());

/** A pod that runs on any node but the first, and is evicted when that node is removed. */
const GUEST = deployment("guest", {
  tolerations: [{ key: "node-role.kubernetes.io/master", effect: "NoSchedule" }],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "NotIn", values: ["master1.example.com"] }] },
        ],
      },
    },
  },
});

async function makeCluster(): Promise<void> {
  machines = await benchMachines("kill-nodes", { masters: 1, minions: 0, spares: 1 });
  const masters = machines.logins.filter(({ role }) => role === "master");
  await cluster.reset(hostsSpec("kill-nodes", masters));
  expectDone(await cluster.run("up"));
  expectDone(await cluster.apply(GUEST));
  first = { spec: await cluster.readSpec(), uids: await cluster.uids(), tokens: await cluster.tokens() };
}

/** Brings the second machine into a state, with commands that are not killed. */
async function begin(wanted: "none" | Kind): Promise<void> {
  const was = state;
  state = "unknown";
  if (was === "unknown") await makeCluster();
  const name = wanted === "none" ? "none" : wanted.name;
  if (was === name) return;
  const present = KINDS.find((kind) => kind.name === was);
  if (present !== undefined) expectDone(await cluster.run(...removing(present)));
  if (wanted !== "none") expectDone(await cluster.run(...adding(wanted)));
}

function adding({ role, name }: Kind): string[] {
  const login = machines.logins.find((one) => one.name === "spare1");
  if (login === undefined) throw new Error("no machine spare1");
  return ["add-node", name, "--role", role, ...loginFlags(login)];
}

const removing = ({ name }: Kind): string[] => ["remove-node", name, "--yes"];

async function nothingToDo(): Promise<void> {
  const status = await cluster.run("status");
  expectDone(status);
  expect(status.stdout).toContain("alpine-k8s up has nothing to do.");
}

/** There is no token but those of `up`, which may have expired meanwhile. */
async function noOtherToken(): Promise<void> {
  expect(first.tokens).toEqual(expect.arrayContaining(await cluster.tokens()));
}

async function addKilled(kind: Kind, point: { title: string; after: number }) {
  await begin("none");
  const killed = await killedIn(point, { cluster, machines }, ...adding(kind));
  const again = await cluster.run(...adding(kind));
  expectDone(again);
  expect(await cluster.nodes()).toEqual(ready("master1", kind.name));
  expect(await cluster.uids()).toEqual(expect.arrayContaining([...first.uids]));
  const spec = await cluster.readSpec();
  expect(spec.match(new RegExp(`name: ${kind.name},.*\\n`, "g"))).toHaveLength(1);
  await noOtherToken();
  expectDone(await cluster.kubectl("rollout", "status", "deployment/guest", "--timeout=120s"));
  await nothingToDo();
  state = kind.name;
  return killed;
}

async function removeKilled(kind: Kind, point: { title: string; after: number }) {
  await begin(kind);
  const killed = await killedIn(point, { cluster, machines }, ...removing(kind));
  const again = await cluster.run(...removing(kind));
  // If the spec was changed already, the command no longer knows the node, and says what finishes the rest.
  if (again.code !== 0) {
    expect(again.code).toBe(2);
    expect(again.stderr).toContain(
      "alpine-k8s up  (finishes a removal that was interrupted after the spec was changed)",
    );
    expectDone(await cluster.run("up"));
  }
  expect(await cluster.uids()).toEqual(first.uids);
  expect(await cluster.nodes()).toEqual(ready("master1"));
  expect(await cluster.readSpec()).toBe(first.spec);
  const left = "/etc/kubernetes/kubelet.conf /etc/kubernetes/admin.conf /var/lib/etcd/member /usr/bin/kubeadm";
  expect((await machines.on("spare1", `ls ${left} 2>/dev/null`)).stdout).toBe("/usr/bin/kubeadm\n");
  await noOtherToken();
  await nothingToDo();
  state = "none";
  return killed;
}

/**
 * A test for each step; tests that add and tests that remove alternate, so that each begins where the last one ended.
 */
function tests(kind: Kind): readonly [title: string, run: () => Promise<void>][] {
  const isMaster = kind.role === "master";
  const one =
    (command: string, act: typeof addKilled) =>
    (kills: Kills): [string, () => Promise<void>] => [
      `${command} in «${kills.title}»`,
      () => atEach(`${command} of a ${kind.role}`, kills, (point) => act(kind, point)),
    ];
  const adds = killsIn(addNodeSteps([], isMaster), KINDS.length).map(one("add-node", addKilled));
  const removes = killsIn(removeNodeSteps(isMaster), KINDS.length).map(one("remove-node", removeKilled));
  return [...adds.keys(), ...removes.keys()]
    .filter((index, at, all) => all.indexOf(index) === at)
    .flatMap((index) => [adds[index], removes[index]].filter((test) => test !== undefined));
}

for (const kind of inTurn<Kind>(KINDS)) {
  describe(`a ${kind.role}`, () => {
    it.each(tests(kind))("%s: nothing goes on, and the same again ends well", { timeout: 20 * 60_000 }, (_, run) =>
      run(),
    );
  });
}
