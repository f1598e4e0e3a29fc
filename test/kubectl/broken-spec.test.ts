import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { unreachable } from "../../src/kube/kube-error.js";
import { kubectlConfig } from "../../src/operations/kubectl/kubectl-config.js";
import { prepareKubectl } from "../../src/operations/kubectl/kubectl.js";
import { up } from "../../src/operations/up/up.js";
import { FakeWorld, SPEC } from "../operations/fake-world.js";
import { fakeKubectl, putVerified } from "./server.js";

const HOSTS = `${SPEC.replace("vagrant: { provider: libvirt }", "provider: hosts")}  hosts:
    - { name: master1, role: master, address: 192.168.7.2 }
`;
const PROBLEM = "nodess: unknown key";

let world: FakeWorld;

async function bring(spec: string): Promise<void> {
  world = await FakeWorld.create(spec);
  const manifest = await readFile(join(world.folder, "network.yaml"), "utf8");
  world.networkSha256 = createHash("sha256").update(manifest).digest("hex");
  await up({ ...input(), overrides: {} });
  await putVerified(world.folder, fakeKubectl("v1.36.1", "echo master1.example.com Ready control-plane 3h v1.36.1"));
  world.transcript.splice(0);
}

function input() {
  const home = join(world.folder, "home");
  const computer = { platform: "linux", arch: "x64", env: {}, home, cwd: world.folder };
  const around = { folder: world.folder, tools: world.tools(), progress: world.progress(), computer };
  return { ...around, signal: new AbortController().signal };
}

const spoil = (): Promise<void> => writeFile(join(world.folder, "alpine-k8s.yaml"), `${SPEC}  nodess: 1\n`);
const prepare = () => prepareKubectl({ ...input(), args: ["get", "pods"] });

beforeEach(() => bring(SPEC));

it("kubectl runs with a spec that is not valid, without another way to an API that does not answer", async () => {
  await spoil();
  world.apiFailure = unreachable("GET /readyz", "no route");
  const command = await prepare();
  expect(command).toMatchObject({
    program: join(world.folder, "kubectl"),
    args: ["get", "pods"],
    env: { KUBECONFIG: join(world.folder, "admin.config"), NO_PROXY: "10.250.250.2" },
  });
  await command.close();
  expect(world.transcript).toEqual([]);
});

it("kubectl says what is wrong with the spec where that keeps it from admin.config", async () => {
  await spoil();
  await rm(join(world.folder, "admin.config"));
  await expect(prepare()).rejects.toMatchObject({ kind: "usage", message: expect.stringContaining(PROBLEM) as string });
});

it("kubectl says what is wrong with the spec of hosts, which tells the way to them", async () => {
  await bring(HOSTS);
  await spoil();
  await expect(prepare()).rejects.toMatchObject({ kind: "usage", message: expect.stringContaining(PROBLEM) as string });
});

it("kubectl-config says what is wrong with the spec before it brings anything", async () => {
  await spoil();
  await rm(join(world.folder, "kubectl"));
  const refused = kubectlConfig({ ...input(), merge: false, use: false, force: false });
  await expect(refused).rejects.toMatchObject({ kind: "usage", message: expect.stringContaining(PROBLEM) as string });
  await expect(readFile(join(world.folder, "kubectl"))).rejects.toThrow("ENOENT");
});

it("kubectl-config goes by the spec and the identity that it has read in the beginning", async () => {
  await rm(join(world.folder, "admin.config"));
  const progress = world.progress();
  const stepStarted = async (title: string): Promise<void> => {
    progress.stepStarted(title);
    if (title === "Write admin.config") await spoil();
  };
  const spoiled = { ...progress, stepStarted: (title: string) => void stepStarted(title) };
  const summary = await kubectlConfig({ ...input(), progress: spoiled, merge: false, use: false, force: false });
  expect(summary.nodes).toMatchObject([{ name: "master1.example.com" }]);
  expect(await readFile(join(world.folder, "admin.config"), "utf8")).toContain("https://10.250.250.2:6443");
});
