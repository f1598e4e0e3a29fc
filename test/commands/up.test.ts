import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import type { Machines } from "../../src/machines/machines.js";
import { up } from "../../src/operations/up/up.js";
import type { UpSummary } from "../../src/operations/up/summary.js";
import { differences, documented } from "./documented.js";
import { Bench } from "./run-command.js";

vi.mock("../../src/operations/up/up.js", { spy: true });

let bench: Bench;
beforeEach(async () => {
  vi.mocked(up).mockClear();
  bench = await Bench.create();
});

const overrides = (): unknown => vi.mocked(up).mock.calls[0]?.[0].overrides;

describe("up", () => {
  it("tells people nodes, steps and the next commands on stdout, progress on stderr", async () => {
    const { stdout, stderr, exitCode } = await bench.run("up");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("Cluster demo is up: Kubernetes v1.36.1, provider vagrant.\n");
    expect(stdout).toMatch(/^minion2\.example\.com +minion +10\.250\.250\.11$/m);
    expect(stdout).toMatch(/^Next:\n {2}alpine-k8s kubectl-config\n {2}kubectl --kubeconfig=\S+ get nodes$/m);
    expect(stdout).toMatch(/^total +\d+\.\d s\nLongest: [^,]+ \d+\.\d s(, [^,]+ \d+\.\d s){2}\.\n/m);
    expect(stdout).toContain("\n  alpine-k8s status\n  alpine-k8s ssh master1\n");
    expect(stdout).toContain(`\n  each alpine-k8s command with: --dir ${bench.world.folder}\n`);
    expect(stderr).toMatch(/^-> Start and prepare machines/m);
    expect(stderr).not.toContain("Next:");
  });

  it("with -o json prints the documented document alone", async () => {
    bench.world.machine("minion1").notice = "for practice only";
    const { stdout, stderr, exitCode } = await bench.run("up", "-o", "json");
    const summary = JSON.parse(stdout) as UpSummary;
    expect(exitCode).toBe(0);
    expect(differences({ ...summary }, documented("`up -o json`"))).toEqual([]);
    expect(summary).toMatchObject({ cluster: "demo", notices: ["for practice only"], warnings: [] });
    expect(summary.adminConfig).toBe(join(bench.world.folder, "admin.config"));
    expect(stderr).toMatch(/^ok Join the minions/m);
  });

  it("a second time names the steps that had nothing to do", async () => {
    await bench.run("up");
    const { stdout, stderr } = await bench.run("up", "-o", "json");
    expect((JSON.parse(stdout) as UpSummary).steps.some((step) => step.skipped)).toBe(true);
    expect(stderr).toMatch(/^ok .*: nothing to do, /m);
  });

  it.each([
    [[], {}],
    [["--minions", "3"], { minions: 3 }],
    [["--masters=1", "--name", "other"], { masters: 1, name: "other" }],
    [
      ["--provider", "vagrant", "--vagrant-provider", "virtualbox"],
      { provider: "vagrant", vagrantProvider: "virtualbox" },
    ],
    [["--kubernetes-version", "v1.36.1"], { kubernetesVersion: "v1.36.1" }],
    [["--box", "b", "--box-url", "file:///b.box"], { box: "b", boxUrl: "file:///b.box" }],
    [["--network", "10.9.8.0/24"], { network: "10.9.8.0/24" }],
  ])("%j overrides the spec with %j", async (argv, expected) => {
    vi.mocked(up).mockRejectedValueOnce(new AlpineK8sError("declined", "enough"));
    expect((await bench.run("up", ...argv)).exitCode).toBe(6);
    expect(overrides()).toEqual(expected);
  });

  it("makes the folder of --dir, with links resolved", async () => {
    const folder = join(bench.world.folder, "new/one");
    vi.mocked(up).mockRejectedValueOnce(new AlpineK8sError("declined", "enough"));
    await bench.runAnywhere("up", ["--dir", folder]);
    expect(existsSync(folder)).toBe(true);
    expect(vi.mocked(up).mock.calls[0]?.[0].folder).toBe(folder);
  });

  it("repeats what nodes say only with --verbose", async () => {
    const quiet = await bench.run("up");
    const loud = await (await Bench.create()).run("up", "--verbose");
    expect(quiet.stderr).not.toContain("rendered Vagrantfile");
    expect(loud.stderr).toContain("rendered Vagrantfile");
  });
});

describe("up refuses", () => {
  it.each([
    [["--bogus"], "Nonexistent flag: --bogus"],
    [["--minions", "x"], "Parsing --minions: Expected an integer but received: x"],
    [["--provider", "cloud"], "Expected --provider=cloud to be one of: vagrant, hosts"],
    [["-o", "xml"], "Expected --output=xml to be one of: text, json"],
    [["more"], "Unexpected argument: more"],
    [["--box"], "Flag --box expects a value"],
  ])("%j with exit 2 and the way to the help", async (argv, message) => {
    const { stdout, stderr, exitCode } = await bench.run("up", ...argv);
    expect({ stdout, stderr, exitCode }).toEqual({
      stdout: "",
      stderr: `Error: ${message}\nTry:\n  alpine-k8s up --help\n`,
      exitCode: 2,
    });
    expect(up).not.toHaveBeenCalled();
  });

  it.each([[["-o", "json"]], [["-o=json"]], [["-ojson"]], [["--output", "json"]], [["--output=json"]]])(
    "wrong flags with a document when asked with %j",
    async (argv) => {
      const { stdout, exitCode } = await bench.run("up", "--bogus", ...argv);
      expect(exitCode).toBe(2);
      expect(JSON.parse(stdout)).toEqual({
        error: { kind: "usage", exitCode: 2, message: "Nonexistent flag: --bogus", hints: ["alpine-k8s up --help"] },
      });
    },
  );

  it("a file as --dir", async () => {
    const file = join(bench.world.folder, "alpine-k8s.yaml");
    const { stderr, exitCode } = await bench.runAnywhere("up", ["--dir", file]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`Error: --dir ${file}: `);
    expect(stderr).toContain("EEXIST");
  });

  it("a bad spec with its place, before anything is written", async () => {
    await writeFile(
      join(bench.world.folder, "alpine-k8s.yaml"),
      "apiVersion: alpine-k8s/v1\nkind: Cluster\nspeck: {}\n",
    );
    const { stderr, exitCode } = await bench.run("up");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/alpine-k8s\.yaml:3:1.*speck/);
    expect(existsSync(join(bench.world.folder, "cluster-token"))).toBe(false);
  });
});

describe("up fails", () => {
  it("for the lock of another run: exit 3, with the holder", async () => {
    await bench.run("up");
    const holder = { pid: process.ppid, host: hostname(), command: "alpine-k8s destroy", since: "noon" };
    await writeFile(join(bench.world.folder, ".alpine-k8s/lock"), JSON.stringify(holder));
    const { stderr, exitCode } = await bench.run("up");
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`Error: another run works on this cluster: alpine-k8s destroy, process ${process.ppid}`);
  });

  it("for what is missing on this computer: exit 3, nothing but plans made", async () => {
    const missing = new AlpineK8sError("prerequisite", "there is no Vagrant", { hints: ["apt-get install vagrant"] });
    const tools = bench.world.tools();
    bench.tools = {
      machines: async (input): Promise<Machines> => ({
        ...(await tools.machines(input)),
        checkPrerequisites: () => Promise.reject(missing),
      }),
    };
    const { stderr, exitCode } = await bench.run("up");
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/Error: .*there is no Vagrant\n/);
    expect(stderr).toContain("Try:\n  apt-get install vagrant\n");
    expect(bench.world.transcript.filter((line) => line.includes("vagrant up"))).toEqual([]);
  });

  it("on a node: exit 4, with step, node, why, the log and what to try", async () => {
    bench.world.failures.set("minion1$ minion.sh", { exitCode: 17, stderr: "alpine-k8s: kubelet: crashed" });
    const { stdout, stderr, exitCode } = await bench.run("up");
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 4 });
    expect(stderr).toMatch(/^failed Join the minions \(\d+\.\d s\)$/m);
    expect(stderr).toMatch(/^Error: Join the minions: minion1: the kubelet does not come up/m);
    const log = /^Log: (.*)$/m.exec(stderr)?.[1] ?? "";
    expect(log).toMatch(/\/\.alpine-k8s\/logs\/.*-up\/minion1\.log$/);
    expect(stderr).toMatch(/^Try:\n {2}\S/m);
  });

  it("on a node with -o json: the documented error alone on stdout, the text on stderr", async () => {
    bench.world.failures.set("minion1$ minion.sh", { exitCode: 17, stderr: "alpine-k8s: kubelet: crashed" });
    const { stdout, stderr, exitCode } = await bench.run("up", "-o", "json");
    const document = JSON.parse(stdout) as { error: Record<string, unknown> };
    expect(Object.keys(document)).toEqual(["error"]);
    expect(differences(document.error, documented("A failure, of any command"))).toEqual([]);
    expect(document.error).toMatchObject({ kind: "unhealthy", exitCode, node: "minion1" });
    expect(stderr).toContain("Error: Join the minions: minion1:");
  });

  it("when the API does not come in time: exit 5", async () => {
    bench.world.failures.set("master1$ master.sh", { exitCode: 14, stderr: "alpine-k8s: api: no answer" });
    const { stderr, exitCode } = await bench.run("up");
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(/^Error: Initialise the control plane: master1: /m);
  });

  it("by a bug: exit 1, with where it happened", async () => {
    vi.mocked(up).mockRejectedValueOnce(new TypeError("x is not a function"));
    const { stdout, stderr, exitCode } = await bench.run("up", "-o", "json");
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { kind: "bug", exitCode: 1, message: "x is not a function" } });
    expect(stderr).toMatch(/TypeError: x is not a function\n +at .*up\.test\.ts/);
  });
});

describe.each(["SIGINT", "SIGTERM"] as const)("%s", (signal) => {
  it("once ends up with 130 and the way to continue; up then finishes", async () => {
    bench.world.onCommand = (line) => {
      if (!line.includes("master.sh")) return;
      bench.world.onCommand = () => undefined;
      process.emit(signal);
    };
    const before = process.listenerCount(signal);
    const { stdout, stderr, exitCode } = await bench.run("up");
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 130 });
    expect(stderr).toContain("warning: stopping; waiting for running work to end (again to stop at once)\n");
    expect(stderr).toContain("Error: interrupted\n");
    expect(stderr).toContain("Try:\n  to continue: alpine-k8s up\n");
    expect(process.listenerCount(signal)).toBe(before);
    expect((await bench.run("up")).exitCode).toBe(0);
  });

  it("twice ends the process at once", async () => {
    const exit = vi.spyOn(process, "exit").mockImplementation(() => undefined as never);
    vi.mocked(up).mockImplementationOnce(({ signal: asked }) => {
      process.emit(signal);
      expect(exit).not.toHaveBeenCalled();
      process.emit(signal);
      return Promise.reject(asked.reason as Error);
    });
    await bench.run("up");
    expect(exit).toHaveBeenCalledWith(130);
  });
});

it("no secret of the cluster is printed, whatever the format", async () => {
  const runs = [await bench.run("up", "--verbose"), await bench.run("up", "-o", "json"), await bench.run("status")];
  const token = (await readFile(join(bench.world.folder, "cluster-token"), "utf8")).trim();
  const printed = runs.map(({ stdout, stderr }) => stdout + stderr).join("");
  expect(printed).not.toContain(token);
  expect(printed).not.toContain("PRIVATE KEY");
});
