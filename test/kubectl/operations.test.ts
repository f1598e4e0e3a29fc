import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { runLocal } from "../../src/base/process.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import { prepareKubectl } from "../../src/operations/kubectl/kubectl.js";
import type { ClientPlatform } from "../../src/operations/kubectl/choice.js";
import { apiEnvironment } from "../../src/operations/kubectl/nodes.js";
import {
  adminConfigDocument,
  adminConfigText,
  kubectlConfig,
  undoKubectlConfig,
  type KubectlConfigSummary,
} from "../../src/operations/kubectl/kubectl-config.js";
import { up } from "../../src/operations/up/up.js";
import { FakeWorld, SPEC } from "../operations/fake-world.js";
import { adminConfig } from "../kubeconfig/merge-inputs.js";
import { closedPort, fakeKubectl, putProgram, putVerified, release, serve } from "./server.js";

const VERSION = "v1.36.1";
const LISTING =
  "echo master1.example.com Ready control-plane 3h v1.36.1; echo minion1.example.com NotReady '<none>' 3h v1.36.1";
const signal = new AbortController().signal;

let world: FakeWorld;
let computer: ClientPlatform;
let mirror: string;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  const home = join(world.folder, "a home");
  computer = { platform: "linux", arch: "x64", env: { PATH: join(home, "bin") }, home, cwd: world.folder };
  mirror = (await serve(release(VERSION, fakeKubectl(VERSION, LISTING)))).url;
});

function base(): Pick<Parameters<typeof up>[0], "folder" | "tools" | "progress" | "signal"> {
  return { folder: world.folder, tools: world.tools(), progress: world.progress(), signal };
}

/** Brings a cluster up and forgets what was recorded. */
async function cluster(): Promise<void> {
  await up({ ...base(), overrides: {} });
  world.transcript.splice(0);
}

function run(changes: Partial<Parameters<typeof kubectlConfig>[0]> = {}): Promise<KubectlConfigSummary> {
  return kubectlConfig({ ...base(), computer, mirror, merge: false, use: false, force: false, ...changes });
}

async function failure(action: Promise<unknown>): Promise<AlpineK8sError> {
  const error = await action.catch((thrown: unknown) => thrown);
  if (error instanceof AlpineK8sError) return error;
  throw new Error("no AlpineK8sError was thrown");
}

const NODES = [
  { name: "master1.example.com", status: "Ready", roles: "control-plane", age: "3h", version: "v1.36.1" },
  { name: "minion1.example.com", status: "NotReady", roles: "<none>", age: "3h", version: "v1.36.1" },
];

describe("kubectl-config", () => {
  it("brings kubectl and admin.config and lists the nodes, asking no node for what is there", async () => {
    await cluster();
    const summary = await run();
    expect(summary).toEqual({
      cluster: "demo",
      kubectl: {
        ...{ path: join(world.folder, "kubectl"), version: VERSION, source: "downloaded", warnings: [] },
        url: `${mirror}/release/${VERSION}/bin/linux/amd64/kubectl`,
      },
      adminConfig: join(world.folder, "admin.config"),
      merged: null,
      nodes: NODES,
    });
    expect(world.transcript).toEqual([]);
    expect(await run()).toMatchObject({ kubectl: { source: "kept" } });
  });

  it("gets a lost admin.config from master1 again, mode 0600, and prepares no node", async () => {
    await cluster();
    const path = join(world.folder, "admin.config");
    const before = await readFile(path, "utf8");
    await rm(path);
    world.machine("minion1").unmet = ["sysctls"];
    await run();
    expect([await readFile(path, "utf8"), (await stat(path)).mode & 0o777]).toEqual([before, 0o600]);
    expect(world.transcript.every((line) => line.endsWith("(read only)"))).toBe(true);
    expect(world.transcript).toContain("Write admin.config / master1$ admin.conf (read only)");
  });

  it("replaces an admin.config of another cluster", async () => {
    await cluster();
    const path = join(world.folder, "admin.config");
    const before = await readFile(path, "utf8");
    await writeFile(path, await adminConfig("demo"));
    await run();
    expect(await readFile(path, "utf8")).toBe(before);
  });

  it("of a cluster that is halted, or not set up, says what to do", async () => {
    await cluster();
    await rm(join(world.folder, "admin.config"));
    Object.assign(world.machine("master1"), { state: "started" });
    const half = await failure(run());
    expect([half.kind, half.message]).toEqual([
      "node",
      "Write admin.config: master1 is not set up yet, and admin.config has to come from there",
    ]);
    expect(half.hints).toContain("alpine-k8s up");
    Object.assign(world.machine("master1"), { running: false });
    expect((await failure(run())).message).toContain("master1 does not answer by ssh");
  });

  it("merges, and takes it back, leaving the current context alone", async () => {
    await cluster();
    const file = join(computer.home, ".kube", "config");
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(file, "current-context: work\n");
    expect((await run({ merge: true })).merged).toMatchObject({
      file,
      context: "demo",
      currentContext: "work",
      changed: true,
    });
    expect(parse(await readFile(file, "utf8"))).toMatchObject({
      "current-context": "work",
      clusters: [{ name: "demo" }],
    });
    expect((await run({ merge: true })).merged).toMatchObject({ changed: false });
    expect(await undoKubectlConfig({ ...base(), computer })).toMatchObject({ changed: true, currentContext: "work" });
    expect(await readFile(file, "utf8")).toBe("current-context: work\n");
  });

  it("merges into $KUBECONFIG", async () => {
    await cluster();
    const env = { ...computer.env, KUBECONFIG: "one:two" };
    const { merged } = await run({ merge: true, use: true, computer: { ...computer, env } });
    expect(merged).toMatchObject({ file: join(world.folder, "one"), currentContext: "demo" });
    expect(await readdir(computer.home).catch(() => [])).toEqual([]);
  });

  it("undo without an admin.config says why it cannot", async () => {
    const error = await failure(undoKubectlConfig({ ...base(), computer }));
    expect(error.message).toBe(
      `there is no ${join(world.folder, "admin.config")} that says which entries are this cluster's`,
    );
  });

  it("with all in place and an API that does not answer ends with 4 and kubectl's words", async () => {
    await cluster();
    const broken = fakeKubectl(
      VERSION,
      'echo "E0101 memcache.go" >&2; echo "The connection to the server was refused" >&2; exit 1',
    );
    await putVerified(world.folder, broken);
    const error = await failure(run());
    expect([error.kind, error.message]).toEqual([
      "unhealthy",
      "List the nodes: kubectl and admin.config are in place, but kubectl get nodes failed: The connection to the server was refused",
    ]);
  });

  it("uses the one on PATH without a network, and says so", async () => {
    await cluster();
    await putProgram(join(computer.home, "bin", "kubectl"), fakeKubectl("v1.32.4", LISTING));
    const { kubectl, nodes } = await run({ mirror: `http://127.0.0.1:${await closedPort()}` });
    expect(kubectl).toMatchObject({ path: join(computer.home, "bin", "kubectl"), source: "path" });
    expect(nodes).toEqual(NODES);
    expect(world.warnings.join()).toContain(
      "kubectl v1.32.4 is 4 minors away from the API server v1.36.1; 1 is supported",
    );
  });

  it("brings another version when it fits the cluster, and refuses one that does not", async () => {
    await cluster();
    const other = (await serve(release("v1.35.2", fakeKubectl("v1.35.2", LISTING)))).url;
    expect((await run({ kubernetesVersion: "v1.35.2", mirror: other })).kubectl).toMatchObject({ version: "v1.35.2" });
    const error = await failure(run({ kubernetesVersion: "v1.33.0" }));
    expect(error.kind).toBe("conflict");
    expect(error.message).toContain("kubectl v1.33.0 is 3 minors away from the API server v1.36.1");
  });

  it("without a cluster brings only kubectl, and writes nothing else but its sum", async () => {
    const before = await readdir(world.folder);
    const summary = await run({ kubernetesVersion: VERSION });
    expect(summary).toMatchObject({
      cluster: null,
      adminConfig: null,
      merged: null,
      nodes: [],
      kubectl: { source: "downloaded" },
    });
    expect((await readdir(world.folder)).sort()).toEqual([...before, ".alpine-k8s", "kubectl"].sort());
    expect(await readdir(join(world.folder, ".alpine-k8s"))).toEqual(["kubectl.sha256"]);
  });

  it.each([[{}], [{ merge: true, kubernetesVersion: VERSION }]])(
    "without a cluster and with %j says what would help",
    async (changes) => {
      const error = await failure(run(changes));
      expect([error.kind, error.message]).toEqual(["usage", `there is no cluster in ${world.folder}`]);
      expect(error.hints).toContain("only kubectl: alpine-k8s kubectl-config --kubernetes-version vX.Y.Z");
    },
  );

  it("for Windows brings kubectl.exe", async () => {
    const name = `/release/${VERSION}/bin/windows/arm64/kubectl.exe`;
    const body = fakeKubectl(VERSION);
    const { url } = await serve({ [name]: body, [`${name}.sha256`]: createHash("sha256").update(body).digest("hex") });
    const { kubectl } = await run({
      kubernetesVersion: VERSION,
      mirror: url,
      computer: { ...computer, platform: "win32", arch: "arm64" },
    });
    expect(kubectl.path).toBe(join(world.folder, "kubectl.exe"));
  });

  it("takes the mirror of the spec, and --mirror before it", async () => {
    await cluster();
    await writeFile(join(world.folder, "alpine-k8s.yaml"), `${SPEC}  kubectl: { mirror: "${mirror}" }\n`);
    expect((await run({ mirror: undefined })).kubectl).toMatchObject({ source: "downloaded" });
    await rm(join(world.folder, "kubectl"));
    const nowhere = `http://127.0.0.1:${await closedPort()}`;
    const error = await failure(run({ mirror: nowhere, computer: { ...computer, env: {} } }));
    expect(error.message).toContain(nowhere);
  });

  it("prints the config without writing anything", async () => {
    await cluster();
    const path = join(world.folder, "admin.config");
    const before = await readFile(path, "utf8");
    await rm(path);
    expect(await adminConfigText(base())).toBe(before);
    expect(await adminConfigDocument(base())).toEqual(parse(before));
    await expect(stat(path)).rejects.toThrow("ENOENT");
  });
});

describe("kubectl --", () => {
  const prepare = (changes: Partial<Parameters<typeof prepareKubectl>[0]> = {}): ReturnType<typeof prepareKubectl> =>
    prepareKubectl({ ...base(), computer, mirror, args: ["get", "pods", "-A"], ...changes });

  it("runs the folder's kubectl with the folder's config, by environment", async () => {
    await cluster();
    await putVerified(world.folder, fakeKubectl(VERSION, 'echo "$KUBECONFIG $NO_PROXY $@"'));
    const command = await prepare();
    expect(command).toMatchObject({
      program: join(world.folder, "kubectl"),
      args: ["get", "pods", "-A"],
      env: { KUBECONFIG: join(world.folder, "admin.config"), NO_PROXY: "10.250.250.2", no_proxy: "10.250.250.2" },
      hints: ["alpine-k8s kubectl-config"],
    });
    const missing = { message: "", hints: [] };
    const { stdout } = await runLocal({ program: command.program, args: command.args, env: command.env, missing });
    expect(stdout).toBe(`${join(world.folder, "admin.config")} 10.250.250.2 get pods -A\n`);
    expect(world.transcript).toEqual([]);
  });

  it("takes one on PATH that fits, without a download", async () => {
    await cluster();
    await putProgram(join(computer.home, "bin", "kubectl"), fakeKubectl("v1.35.0"));
    expect((await prepare({ mirror: "http://not.there" })).program).toBe(join(computer.home, "bin", "kubectl"));
  });

  it("brings kubectl and admin.config when they are missing or do not fit", async () => {
    await cluster();
    await rm(join(world.folder, "admin.config"));
    await putProgram(join(computer.home, "bin", "kubectl"), fakeKubectl("v1.20.0"));
    expect((await prepare()).program).toBe(join(world.folder, "kubectl"));
    expect((await stat(join(world.folder, "admin.config"))).mode & 0o777).toBe(0o600);
  });

  it("without a cluster says so", async () => {
    expect((await failure(prepare())).message).toBe(`there is no cluster in ${world.folder}`);
  });

  it("keeps the user's proxies for hosts, and adds to no_proxy for Vagrant's machines", async () => {
    await cluster();
    const path = join(world.folder, "admin.config");
    expect(await apiEnvironment(path, "hosts", {})).toEqual({});
    const noProxy = "a.example,10.250.250.2";
    expect(await apiEnvironment(path, "vagrant", { no_proxy: "a.example" })).toEqual({
      NO_PROXY: noProxy,
      no_proxy: noProxy,
    });
  });
});
