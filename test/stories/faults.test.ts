import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answer503 } from "./support/api-503.js";
import { inBench, startBench } from "./support/bench.js";
import { benchMachines } from "./support/bench-machines.js";
import { hostsSpec, ready, TestCluster } from "./support/cluster.js";
import { putImage } from "./support/image.js";
import type { Machines } from "./support/machines.js";
import { Outside, OUTSIDE } from "./support/outside.js";
import { expectDone, type Outcome, type Running, waitFor } from "./support/programs.js";

// Makes real programs fail: they hang, are slow, die, or end early. Each time status, doctor and up end in bounded time
// and name the node and the cause, and up restores a healthy cluster.
const cluster = new TestCluster("faults");
const NODES = ["master1", "minion1"];
const REGISTRY = "registry.example.net";
const outside = new Outside("faults", [REGISTRY]);
/** Milliseconds within which a command that only looks must end, whatever hangs. */
const LOOK_LIMIT = 120_000;
let machines: Machines;

beforeAll(async () => {
  await startBench();
  machines = await benchMachines("faults", { masters: 1, minions: 1 });
  await outside.start();
  await putImage(outside, REGISTRY, "faults/sleeper");
  const ca = await readFile(outside.ca, "utf8");
  for (const node of NODES) {
    const trust = `mkdir -p /etc/ssl/certs; cat >>/etc/ssl/certs/ca-certificates.crt; echo ${OUTSIDE} ${REGISTRY} >>/etc/hosts`;
    expectDone(await machines.on(node, trust, ca));
  }
  await cluster.reset(hostsSpec("faults", machines.logins));
  expectDone(await cluster.run("up"));
});

afterAll(async () => {
  await outside.stop();
  await machines.end();
});

/** Sends a signal to a program on a machine, also to one in a pod. */
async function signal(name: string, node: string, program: string): Promise<void> {
  expectDone(await machines.on(node, `kill -${name} $(pidof ${program})`));
}

interface Seen {
  readonly status: Outcome;
  readonly doctor: Outcome;
}

/** The output of status and doctor; both must find the cluster unhealthy and end in time. */
async function look(): Promise<Seen> {
  const [status, doctor] = await Promise.all([cluster.run("status"), cluster.run("doctor")]);
  expect(status.code).toBe(4);
  for (const { milliseconds } of [status, doctor]) expect(milliseconds).toBeLessThan(LOOK_LIMIT);
  return { status, doctor };
}

function expectSays(outcome: Outcome, ...words: string[]): void {
  for (const word of words) expect(outcome.stdout + outcome.stderr).toContain(word);
}

async function expectHealthy(): Promise<void> {
  expectDone(await cluster.run("status"));
  expect(await cluster.nodes()).toEqual(ready(...NODES));
}

/** Starts `up` and waits until it prints these words. */
async function upUntil(words: string): Promise<Running> {
  const up = cluster.start("up", "--verbose");
  await waitFor(`up says ${words}`, () => up.output().includes(words), 180_000);
  return up;
}

async function expectUp(running: Running): Promise<void> {
  expectDone(await running.done);
  await expectHealthy();
}

describe("faults of the control plane", () => {
  it("an API server that hangs is named with its master; up waits until it answers", async () => {
    await signal("STOP", "master1", "kube-apiserver");
    const { status, doctor } = await look();
    expectSays(status, "see to master1.example.com: api: does not answer on this master", "the API did not answer");
    expect(doctor.code).toBe(4);
    expectSays(doctor, "this master's API server is not ready, or does not answer");
    const up = await upUntil("master1: checking");
    await signal("CONT", "master1", "kube-apiserver");
    await expectUp(up);
  });

  it("an API server that is killed comes back, and up waits for it", async () => {
    await signal("KILL", "master1", "kube-apiserver");
    expectDone(await cluster.run("up"));
    await expectHealthy();
  });

  it("an API that answers 503 is told in its own words; up tries again until it is able to", async () => {
    const end = await answer503(machines, "master1");
    try {
      const { status } = await look();
      expectSays(status, "the server is currently unable to handle the request (503 ServiceUnavailable)");
      const up = await upUntil("(503 ServiceUnavailable); it is tried again");
      await end();
      await expectUp(up);
    } finally {
      await end();
    }
  });

  it("an API that goes on answering 503 ends up in bounded time, in its words", async () => {
    const end = await answer503(machines, "master1");
    try {
      const up = await cluster.run("up");
      expect(up.code).toBe(4);
      expectSays(up, "the server is currently unable to handle the request (503 ServiceUnavailable)");
      expect(up.milliseconds).toBeLessThan(180_000);
    } finally {
      await end();
    }
    await expectHealthy();
  });

  it("an etcd that hangs is seen as an API that is not ready; one that is slow stops no up", async () => {
    await signal("STOP", "master1", "etcd");
    const { status, doctor } = await look();
    expectSays(status, "see to master1.example.com: api: does not answer on this master");
    expectSays(doctor, "this master's API server is not ready, or does not answer");
    const slow =
      "while kill -CONT $(pidof etcd) && sleep 0.5 && [ ! -e /tmp/enough ]; do kill -STOP $(pidof etcd); sleep 1; done";
    const slowed = machines.on("master1", `rm -f /tmp/enough; ${slow}; kill -CONT $(pidof etcd)`);
    try {
      expectDone(await cluster.run("up"));
    } finally {
      await machines.on("master1", "touch /tmp/enough");
      await slowed;
    }
    await expectHealthy();
  });
});

describe("faults of a node", () => {
  it("a kubelet that hangs is named with its node; up gives up in words; doctor's advice helps", async () => {
    await signal("STOP", "minion1", "kubelet");
    const { status, doctor } = await look();
    expectSays(status, "see to minion1.example.com: kubelet: started, ");
    expect(doctor.code).toBe(4);
    expectSays(doctor, "its service is started, but its health port says: ");
    const advice = "alpine-k8s ssh minion1 -- sudo killall -9 kubelet";
    expectSays(doctor, advice);
    const up = await cluster.run("up");
    expect(up.code).toBe(4);
    expectSays(up, "minion1", "healthz: ");
    expect(up.milliseconds).toBeLessThan(300_000);
    const words = advice.split(" ").slice(3);
    expectDone(await inBench("node", "bin/run.js", "ssh", "minion1", "--dir", cluster.folder, ...words));
    expectDone(await cluster.run("up"));
    await expectHealthy();
  });

  it("a containerd that was killed comes back; one that was stopped is named with its node, and up starts it", async () => {
    const answers = async (): Promise<boolean> => (await machines.on("minion1", "crictl info >/dev/null")).code === 0;
    await signal("KILL", "minion1", "containerd");
    await waitFor("containerd answers again", answers, 60_000);
    expectDone(await machines.on("minion1", "rc-service containerd stop"));
    const { status, doctor } = await look();
    expectSays(status, "see to minion1.example.com: runtime: containerd does not answer crictl info");
    expect(doctor.code).toBe(4);
    expectSays(doctor, "containerd does not answer crictl info", "alpine-k8s doctor --fix");
    expectDone(await cluster.run("up"));
    await expectHealthy();
  });

  it("a node that is short of disk for its kubelet is named, though it is Ready; up waits until it is not", async () => {
    const file = "/var/lib/kubelet/config.yaml";
    // A node that is a container has a limit there already.
    const short =
      `cp ${file} /root/kubelet.yaml; sed -i 's/^  nodefs.available: .*/  nodefs.available: 99%/' ${file}; ` +
      `grep -q '^  nodefs.available: 99%' ${file} || ` +
      `{ sed -i '/^evictionHard/d' ${file}; echo 'evictionHard: { nodefs.available: 99% }' >>${file}; }`;
    expectDone(await machines.on("minion1", `${short}; rc-service kubelet restart`));
    const words = "minion1.example.com has DiskPressure (KubeletHasDiskPressure: kubelet has disk pressure)";
    const up = await upUntil(words);
    const status = await cluster.run("status");
    expect(status.code).toBe(4);
    expectSays(status, words);
    expectDone(await machines.on("minion1", `cp /root/kubelet.yaml ${file}; rc-service kubelet restart`));
    await expectUp(up);
  });

  it("a registry that breaks off is told as the cause, with the node; up that waits for add-ons goes on once it serves", async () => {
    await outside.become("cut");
    await writeFile(join(cluster.folder, "sleeper.yaml"), JSON.stringify(SLEEPER));
    const spec = await cluster.readSpec();
    await cluster.writeSpec(
      spec.replace("network.yaml }]", "network.yaml }, { name: sleeper, manifest: sleeper.yaml }]"),
    );
    const why =
      /Deployment default\/sleeper has 0 of 1 available \(on minion1\.example\.com: (ErrImagePull|ImagePullBackOff): /;
    const up = cluster.start("up", "--verbose", "--wait", "addons");
    await waitFor("up tells why it waits", () => why.test(up.output()), 240_000);
    const status = await cluster.run("status");
    expectDone(status);
    expect(status.stdout).toMatch(why);
    expectSays(status, "Add-ons are not ready yet; to wait for them: alpine-k8s up --wait addons");
    await outside.become("good");
    await expectUp(up);
    expectDone(await cluster.kubectl("rollout", "status", "deployment/sleeper", "--timeout=10s"));
  });
});

const LABELS = { app: "sleeper" };
const SLEEPER = {
  ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "sleeper" } },
  spec: {
    ...{ replicas: 1, selector: { matchLabels: LABELS } },
    template: {
      metadata: { labels: LABELS },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: "sleeper", image: `${REGISTRY}/faults/sleeper:1` }],
      },
    },
  },
};
