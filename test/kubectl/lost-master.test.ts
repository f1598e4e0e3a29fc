import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import type { Tools } from "../../src/engine/tools.js";
import { unreachable } from "../../src/kube/kube-error.js";
import { doctor } from "../../src/operations/doctor/doctor.js";
import { kubectlConfig, planKubectlConfig } from "../../src/operations/kubectl/kubectl-config.js";
import { prepareKubectl } from "../../src/operations/kubectl/kubectl.js";
import { clusterStatus } from "../../src/operations/status.js";
import { up } from "../../src/operations/up/up.js";
import { idsOf } from "../operations/plans.js";
import { FakeWorld, SPEC } from "../operations/fake-world.js";
import { fakeKubectl, putVerified } from "./server.js";

const VERSION = "v1.36.1";
const THREE = `${SPEC.replace("vagrant: { provider: libvirt }", "provider: hosts")}  hosts:
    - { name: master1, role: master, address: 192.168.7.2 }
    - { name: master2, role: master, address: 192.168.7.3 }
    - { name: master3, role: master, address: 192.168.7.4 }
`;

let world: FakeWorld;
const adminConfig = (): Promise<string> => readFile(join(world.folder, "admin.config"), "utf8");

/** Nobody reaches master1, by ssh or by its API. */
function withoutMaster1(): Tools {
  const tools = world.tools();
  const dead = new AlpineK8sError("node", "master1: no ssh connection", { node: "master1" });
  return {
    ...tools,
    connect: (target, options) => (target.name === "master1" ? Promise.reject(dead) : tools.connect(target, options)),
    kube: (input) =>
      input.adminConfig.includes("192.168.7.2:") && input.through === undefined
        ? Promise.reject(unreachable("GET /readyz", "no route to host"))
        : tools.kube(input),
  };
}

function input(tools: Tools) {
  const signal = new AbortController().signal;
  const home = join(world.folder, "home");
  const computer = { platform: "linux", arch: "x64", env: {}, home, cwd: world.folder };
  return { folder: world.folder, tools, progress: world.progress(), signal, computer };
}

beforeEach(async () => {
  world = await FakeWorld.create(THREE);
  world.computer = { ...world.computer, home: join(world.folder, "home"), env: {} };
  await up({ ...input(world.tools()), overrides: {} });
  await putVerified(world.folder, fakeKubectl(VERSION, "echo master2.example.com Ready control-plane 3h v1.36.1"));
  expect(await adminConfig()).toContain("https://192.168.7.2:6443");
  world.transcript.splice(0);
});

const MOVED = "admin.config leads to master2 now; it led to master1";
const asked = { merge: false, use: false, force: false };

describe("with three masters of which the one in admin.config is lost", () => {
  it("kubectl-config leads to one that answers, says so, and does nothing the second time", async () => {
    expect(idsOf(await planKubectlConfig({ ...input(withoutMaster1()), ...asked })).all).toEqual([
      "write-admin-config/-/write",
    ]);
    await kubectlConfig({ ...input(withoutMaster1()), ...asked });
    expect(await adminConfig()).toContain("https://192.168.7.3:6443");
    expect(world.warnings).toContain(MOVED);
    expect(idsOf(await planKubectlConfig({ ...input(withoutMaster1()), ...asked })).all).toEqual([]);
    expect(world.transcript.filter((line) => !line.endsWith("(read only)") && line.includes("$"))).toEqual([]);
  });

  it("kubectl works at once, and leads there by itself from then on", async () => {
    const command = await prepareKubectl({ ...input(withoutMaster1()), args: ["get", "pods"] });
    await command.close();
    expect(command.args.join(" ")).toMatch(/^--server=https:\/\/127\.0\.0\.1:\d+ --tls-server-name=\S+ get pods$/);
    expect(await adminConfig()).toContain("https://192.168.7.3:6443");
    expect(world.warnings).toContain(MOVED);
    const again = await prepareKubectl({ ...input(withoutMaster1()), args: ["get", "pods"] });
    await again.close();
    expect(again.args).toEqual(["get", "pods"]);
  });

  it("status says where admin.config leads, and what to type", async () => {
    const { healthy, upWould } = await clusterStatus(input(withoutMaster1()));
    expect(healthy).toBe(false);
    expect(upWould).toContain(
      "write admin.config, which leads to master1, and that does not answer (at once: alpine-k8s kubectl-config)",
    );
  });

  it("doctor finds it, and what it advises mends it", async () => {
    const asksDoctor = async () => {
      const report = await doctor({ ...input(withoutMaster1()), fix: false });
      return report.checks.find(({ id }) => id === "admin-config");
    };
    expect(await asksDoctor()).toMatchObject({
      ...{ on: "the folder", weight: "error", state: "failed", command: "alpine-k8s kubectl-config" },
      evidence: "there is an admin.config, which leads to master1, and that does not answer",
    });
    await kubectlConfig({ ...input(withoutMaster1()), ...asked });
    expect(await asksDoctor()).toMatchObject({ state: "ok" });
  });
});

describe("with an API that says it is ready and then lists nothing, as with an etcd that hangs", () => {
  it("status says so after one question, and asks no more", async () => {
    const tools = world.tools();
    const asked: string[] = [];
    const hangs = (path: string) => {
      asked.push(path);
      return Promise.reject(unreachable(`GET ${path}`, "etcdserver: no leader"));
    };
    const kube: Tools["kube"] = async (given) => {
      const api = await tools.kube(given);
      return { ...api, get: hangs, find: hangs, list: hangs, groupPath: hangs };
    };
    const { healthy, conditions } = await clusterStatus(input({ ...tools, kube }));
    expect(healthy).toBe(false);
    expect(new Set(conditions.map(({ reason }) => reason))).toEqual(
      new Set([expect.stringMatching(/^the API did not answer: .*etcdserver: no leader/)]),
    );
    expect(asked).toEqual(["/api/v1/nodes"]);
  });
});

describe("with three masters of which none answers from here, but all do by ssh", () => {
  it("admin.config stays as it is", async () => {
    const tools = world.tools();
    const before = await adminConfig();
    world.apiFailure = unreachable("GET /readyz", "no route to host");
    expect(idsOf(await planKubectlConfig({ ...input(tools), ...asked })).all).toEqual([]);
    expect(await adminConfig()).toBe(before);
  });
});
