import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { Tools } from "../../src/engine/tools.js";
import { KubeError, unreachable } from "../../src/kube/kube-error.js";
import type { KubeApi } from "../../src/kube/kube-api.js";
import { doctor, doctorExitCode, type DoctorReport } from "../../src/operations/doctor/doctor.js";
import { up } from "../../src/operations/up/up.js";
import { FakeWorld, SPEC } from "./fake-world.js";
import { onFixedDay } from "../fakes/fixed-day.js";

onFixedDay();

let world: FakeWorld;
let tools: Tools;
const signal = new AbortController().signal;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  tools = world.tools();
  await up({ folder: world.folder, overrides: {}, tools, progress: world.progress(), signal });
  world.transcript.splice(0);
});

const run = (fix = false): Promise<DoctorReport> =>
  doctor({
    folder: world.folder,
    tools: { ...tools, computer: world.computer },
    progress: world.progress(),
    signal,
    fix,
  });

const failures = ({ checks }: DoctorReport): string[] =>
  checks.flatMap(({ on, id, weight, state, evidence }) =>
    state === "failed" ? [`${on}: ${id} ${weight}, ${evidence}`] : [],
  );

const of = ({ checks }: DoctorReport, on: string, id: string): DoctorReport["checks"][number] | undefined =>
  checks.find((finding) => finding.on === on && finding.id === id);

function withApi(change: (api: KubeApi) => Partial<KubeApi>): void {
  const before = tools;
  tools = {
    ...before,
    kube: async (input) => {
      const api = await before.kube(input);
      return { ...api, ...change(api) };
    },
  };
}

describe("doctor of the cluster as a whole", () => {
  it("names a CoreDNS that crashes, with its last words, as status and up do", async () => {
    const template = { replicas: 2, selector: { matchLabels: { "k8s-app": "kube-dns" } } };
    const state = { waiting: { reason: "CrashLoopBackOff", message: "back-off" } };
    const pod = {
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "coredns-1", namespace: "kube-system" } },
      spec: { nodeName: "minion1" },
      status: { containerStatuses: [{ name: "coredns", state }] },
    };
    withApi((api) => ({
      list: async (path) => {
        if (path.includes("/pods?")) return [pod];
        const all = await api.list(path);
        return path.endsWith("/deployments") ? all.map((one) => ({ ...one, spec: template, status: {} })) : all;
      },
      text: () => Promise.resolve("plugin/forward: no nameservers found"),
    }));
    const report = await run();
    expect(failures(report)).toEqual([
      "the cluster: coredns-available error, Deployment kube-system/coredns has not been observed by its controller yet (on minion1: CrashLoopBackOff: back-off; it last said: plugin/forward: no nameservers found)",
    ]);
    expect(of(report, "the cluster", "coredns-available")?.command).toBe(
      "alpine-k8s kubectl -- get pods --all-namespaces --output wide",
    );
    expect(doctorExitCode(report)).toBe(4);
  });

  it("names a node that is not ready; a warning while another machine is off", async () => {
    world.machine("minion1").ready = false;
    const report = await run();
    expect(failures(report)).toEqual(["the cluster: nodes-ready error, minion1.example.com is not ready"]);
    expect(of(report, "the cluster", "nodes-ready")?.command).toBe("alpine-k8s kubectl -- describe nodes");
    world.machine("minion2").running = false;
    expect(failures(await run())).toEqual(["the cluster: nodes-ready warning, minion1.example.com is not ready"]);
  });

  it("of an API that is down tells that once, on its master", async () => {
    world.machine("master1").api = "down";
    tools = { ...tools, kube: () => Promise.reject(unreachable("GET https://x/readyz", "refused")) };
    const report = await run();
    expect(failures(report)).toEqual([
      "master1.example.com: api error, this master's API server is not ready, or does not answer",
    ]);
    expect(of(report, "the cluster", "nodes-ready")).toMatchObject({ state: "skipped" });
  });

  it("of an API that answers with errors alone tells them", async () => {
    const sick = new KubeError("GET x", 500, "", "etcdserver: leader changed");
    withApi(() => ({ list: () => Promise.reject(sick) }));
    expect(of(await run(), "the cluster", "nodes-ready")?.evidence).toContain("etcdserver: leader changed");
  });

  it("of a cluster that is off asks nobody", async () => {
    for (const machine of world.machines.values()) machine.running = false;
    const report = await run();
    expect(report.checks.some(({ on }) => on === "the cluster")).toBe(false);
    expect(failures(report)).toEqual([]);
  });
});

describe("doctor of a kubelet that does not run", () => {
  it.each(["master1", "minion1"])("names it on %s, and with --fix starts it as up does", async (name) => {
    world.machine(name).kubelet = "not running";
    const report = await run();
    expect(failures(report)).toEqual([`${name}.example.com: kubelet error, its service is stopped`]);
    expect(of(report, `${name}.example.com`, "kubelet")?.command).toBe("alpine-k8s doctor --fix");
    const fixed = await run(true);
    expect(failures(fixed)).toEqual([]);
    expect(of(fixed, `${name}.example.com`, "kubelet")).toMatchObject({ state: "ok", fixed: "started" });
    const changes = world.transcript.filter((line) => line.includes("$ ") && !line.includes("(read only)"));
    expect(changes.map((line) => line.split(" / ")[1])).toEqual([
      `${name}$ ${name === "master1" ? "master" : "minion"}.sh`,
    ]);
  });

  it("leaves to up what waits for the network, as only that has kubeadm's configuration for it", async () => {
    Object.assign(world.machine("master1"), { kubelet: "not running", restLeft: true });
    expect(of(await run(true), "master1.example.com", "kubelet")).toMatchObject({ state: "ok", fixed: "started" });
    expect(world.machine("master1").restLeft).toBe(true);
  });

  it("tells when it does not come up", async () => {
    world.machine("minion1").kubelet = "not running";
    world.failures.set("minion1$ minion.sh", { exitCode: 16, stderr: "no config.yaml\n" });
    expect(failures(await run(true))).toEqual(["minion1.example.com: kubelet error, its service is stopped"]);
    expect(world.warnings.at(-1)).toContain("minion1: the node is set up but not healthy");
  });
});

describe("doctor of admin.config", () => {
  const file = (): string => join(world.folder, "admin.config");

  it("names one that leads elsewhere, with one master, too; none is no fault", async () => {
    expect(of(await run(), "the folder", "admin-config")).toMatchObject({ state: "ok" });
    await writeFile(file(), (await readFile(file(), "utf8")).replace("10.250.250.2", "10.250.250.77"));
    expect(of(await run(), "the folder", "admin-config")).toMatchObject({
      ...{ state: "failed", weight: "error", command: "alpine-k8s kubectl-config" },
      evidence: "it leads to no master of this cluster, has expired, or is another cluster's",
    });
    await rm(file());
    expect(of(await run(), "the folder", "admin-config")).toMatchObject({
      state: "skipped",
      evidence: "there is none",
    });
  });
});

describe("doctor and host keys", () => {
  it("pins none without --fix", async () => {
    const pins: (boolean | undefined)[] = [];
    const { connect } = tools;
    tools = {
      ...tools,
      connect: (target, options) => {
        pins.push(options.pins);
        return connect(target, options);
      },
    };
    await run();
    expect(pins).toEqual([false, false, false]);
  });
});
