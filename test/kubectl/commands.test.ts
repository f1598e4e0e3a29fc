import { mkdtemp, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { barText, downloadBar } from "../../src/cli/progress/download-bar.js";
import { kubectlConfigText } from "../../src/cli/text/kubectl-config.js";
import { prepareKubectl } from "../../src/operations/kubectl/kubectl.js";
import {
  adminConfigDocument,
  adminConfigText,
  kubectlConfig,
  undoKubectlConfig,
  type KubectlConfigSummary,
} from "../../src/operations/kubectl/kubectl-config.js";
import KubectlConfig from "../../src/commands/kubectl-config.js";
import Kubectl from "../../src/commands/kubectl.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import { runInteractive } from "../../src/base/process-interactive.js";
import { silentProgress } from "../../src/base/progress.js";
import { differences, documented } from "../commands/documented.js";

vi.mock("../../src/operations/kubectl/kubectl-config.js");
vi.mock("../../src/operations/kubectl/kubectl.js");
vi.mock("../../src/base/process-interactive.js");

const SUMMARY: KubectlConfigSummary = {
  cluster: "demo",
  kubectl: {
    path: "/c/kubectl",
    version: "v1.36.1",
    source: "downloaded",
    url: "https://dl.k8s.io/release/v1.36.1/bin/linux/amd64/kubectl",
    warnings: [],
  },
  adminConfig: "/c/admin.config",
  merged: null,
  nodes: [{ name: "master1.example.com", status: "Ready", roles: "control-plane", age: "3h", version: "v1.36.1" }],
};

const run = (argv: string[]): ReturnType<typeof captureOutput> =>
  captureOutput(() => KubectlConfig.run(argv, import.meta.dirname));

beforeEach(() => {
  vi.clearAllMocks();
  vi.mocked(kubectlConfig).mockResolvedValue(SUMMARY);
  vi.mocked(adminConfigText).mockResolvedValue("apiVersion: v1\n");
  vi.mocked(adminConfigDocument).mockResolvedValue({ apiVersion: "v1" });
  vi.mocked(undoKubectlConfig).mockResolvedValue({
    file: "/h/.kube/config",
    changed: true,
    removed: false,
    currentContext: "work",
  });
  vi.mocked(prepareKubectl).mockResolvedValue({
    program: "/c/kubectl",
    args: [],
    env: {},
    hints: [],
    close: () => Promise.resolve(),
  });
});

describe("kubectl-config", () => {
  it("tells kubectl, config and nodes as the seed's script did", () => {
    expect(kubectlConfigText(SUMMARY, "/c"))
      .toBe(`kubectl v1.36.1: ./kubectl (downloaded from https://dl.k8s.io/release/v1.36.1/bin/linux/amd64/kubectl, SHA-256 as published there)
Config of cluster demo: admin.config

Checking cluster.. you should see the nodes listed below: -
NAME                 STATUS  ROLES          AGE  VERSION
master1.example.com  Ready   control-plane  3h   v1.36.1

You can run kubectl commands like this: -
  ./kubectl --kubeconfig=admin.config get pods --all-namespaces -o wide`);
  });

  it("tells a merge: what was replaced, the backup, how to switch", () => {
    const merged = {
      file: "/h/.kube/config",
      context: "demo",
      currentContext: "work",
      changed: true,
      replaced: ["cluster demo"],
      backup: "/h/.kube/b",
    };
    expect(kubectlConfigText({ ...SUMMARY, merged }, "/c")).toContain(`Merged into /h/.kube/config as context demo
Replaced entries of another cluster: cluster demo
Backup: /h/.kube/b (alpine-k8s kubectl-config --undo takes it back)
The current context stays work; to switch: kubectl config use-context demo
`);
    expect(kubectlConfigText({ ...SUMMARY, merged: { ...merged, currentContext: "" } })).toContain("stays unset;");
    expect(kubectlConfigText({ ...SUMMARY, merged: { ...merged, currentContext: "demo" } })).toContain(
      "The current context is demo\n",
    );
  });

  it("quotes paths with spaces, and shows those of other folders whole", () => {
    const summary = {
      ...SUMMARY,
      kubectl: { ...SUMMARY.kubectl, path: "/my c/kubectl", source: "kept" as const },
      adminConfig: "/my c/admin.config",
    };
    expect(kubectlConfigText(summary, "/elsewhere")).toContain(
      '\n  "/my c/kubectl" --kubeconfig="/my c/admin.config" get pods',
    );
    expect(
      kubectlConfigText(
        { ...SUMMARY, kubectl: { ...SUMMARY.kubectl, path: "/usr/bin/kubectl", source: "path" } },
        "/c",
      ),
    ).toContain("kubectl v1.36.1: /usr/bin/kubectl (from PATH)");
  });

  it("passes its flags on", async () => {
    await run(["--merge", "--use", "--force", "--mirror", "http://m", "--kubernetes-version", "v1.35.0"]);
    expect(vi.mocked(kubectlConfig).mock.calls[0]?.[0]).toMatchObject({
      ...{ merge: true, use: true, force: true, mirror: "http://m", kubernetesVersion: "v1.35.0", onBytes: undefined },
    });
  });

  it("with -o json gives the document alone", async () => {
    expect(JSON.parse((await run(["-o", "json"])).stdout)).toEqual(SUMMARY);
    expect(differences({ ...SUMMARY }, documented("`kubectl-config -o json`"))).toEqual([]);
  });

  it("without a cluster tells only kubectl", async () => {
    vi.mocked(kubectlConfig).mockResolvedValue({ ...SUMMARY, cluster: null, adminConfig: null, nodes: [] });
    expect((await run(["--kubernetes-version", "v1.36.1"])).stdout.trim().split("\n")).toHaveLength(1);
  });

  it("--print gives the config alone and does nothing else", async () => {
    const { stdout } = await run(["--print"]);
    expect(stdout).toBe("apiVersion: v1\n");
    expect(kubectlConfig).not.toHaveBeenCalled();
  });

  it("--print -o json gives one JSON document", async () => {
    expect(JSON.parse((await run(["--print", "-o", "json"])).stdout)).toEqual({ apiVersion: "v1" });
  });

  it.each([[[]], [["--undo"]], [["--print"]], [["--merge"]], [["--merge", "--kubernetes-version", "v1.36.1"]]])(
    "%j makes no folder out of a --dir that was mistyped",
    async (argv) => {
      const typo = join(await mkdtemp(join(tmpdir(), "alpine-k8s-typo-")), "typo");
      const { error, stderr } = await run([...argv, "--dir", typo]);
      expect([error?.oclif?.exit, stderr.split("\n")[0]]).toEqual([2, `Error: --dir ${typo}: there is no such folder`]);
      await expect(stat(typo)).rejects.toThrow("ENOENT");
      expect((await run(["--kubernetes-version", "v1.36.1", "--dir", typo])).error).toBeUndefined();
      expect((await stat(typo)).isDirectory()).toBe(true);
    },
  );

  it("--undo tells what is left", async () => {
    expect((await run(["--undo"])).stdout).toBe(
      "The cluster is out of /h/.kube/config; the current context there is work.\n",
    );
    vi.mocked(undoKubectlConfig).mockResolvedValue({ file: "/f", changed: true, removed: true, currentContext: "" });
    expect((await run(["--undo"])).stdout).toBe("/f is gone again: it held nothing else.\n");
  });

  it.each([[["--use"]], [["--force"]], [["--print", "--merge"]], [["--undo", "--merge"]]])(
    "refuses %j as wrong usage",
    async (argv) => {
      const { error } = await run(argv);
      expect(error?.oclif?.exit).toBe(2);
      expect(kubectlConfig).not.toHaveBeenCalled();
    },
  );

  it("interrupted names all that was asked for, without a login, as the way to continue", async () => {
    vi.mocked(kubectlConfig).mockImplementation(({ signal }) => {
      process.emit("SIGTERM");
      return Promise.reject(signal.reason as Error);
    });
    const { error, stderr } = await run(["--kubernetes-version", "v1.36.1", "--mirror", "https://ann:s3cret@host"]);
    expect(error?.oclif?.exit).toBe(130);
    expect(stderr).toContain(
      "Try:\n  to continue: alpine-k8s kubectl-config --kubernetes-version v1.36.1 --mirror URL\n",
    );
  });

  it("in another folder says that what is to be typed next needs --dir, too", async () => {
    const folder = await mkdtemp(join(tmpdir(), "alpine-k8s dir-"));
    vi.mocked(kubectlConfig).mockRejectedValue(
      new AlpineK8sError("unhealthy", "no answer", { hints: ["alpine-k8s status", "alpine-k8s up"] }),
    );
    const elsewhere = await run(["--dir", folder]);
    expect(elsewhere.stderr).toBe(
      `Error: no answer\nTry:\n  alpine-k8s status\n  alpine-k8s up\n  each alpine-k8s command with: --dir '${folder}'\n`,
    );
    const document = JSON.parse((await run([`--dir=${folder}`, "-o", "json"])).stdout) as {
      error: { hints: string[] };
    };
    expect(document.error.hints).toContain(`each alpine-k8s command with: --dir '${folder}'`);
    expect((await run(["--dir", process.cwd()])).stderr).not.toContain("--dir");
    expect((await run(["--dir", `${folder}/typo`])).stderr).not.toContain("each alpine-k8s command");
  });

  it("ends with the exit code of a failure", async () => {
    vi.mocked(kubectlConfig).mockRejectedValue(
      new AlpineK8sError("unhealthy", "no answer", { hints: ["alpine-k8s status"] }),
    );
    const { error, stderr } = await run([]);
    expect(error?.oclif?.exit).toBe(4);
    expect(stderr).toBe("Error: no answer\nTry:\n  alpine-k8s status\n");
  });
});

describe("kubectl", () => {
  const kubectl = (argv: string[]): ReturnType<typeof captureOutput> =>
    captureOutput(() => Kubectl.run(argv, import.meta.dirname));

  it.each([
    [
      ["--", "get", "pods", "-A", "-o", "json"],
      ["get", "pods", "-A", "-o", "json"],
    ],
    [
      ["--verbose", "--", "exec", "-it", "pod", "--", "sh", "-c", "a b"],
      ["exec", "-it", "pod", "--", "sh", "-c", "a b"],
    ],
    [["--", "--help"], ["--help"]],
    [
      ["--", "logs", "--dir", "x", "--verbose"],
      ["logs", "--dir", "x", "--verbose"],
    ],
    [
      ["get", "nodes"],
      ["get", "nodes"],
    ],
    [[], []],
  ])("%j passes on %j", async (argv, args) => {
    vi.mocked(runInteractive).mockResolvedValue(0);
    const { error } = await kubectl(argv);
    expect(error).toBeUndefined();
    expect(vi.mocked(prepareKubectl).mock.calls[0]?.[0].args).toEqual(args);
  });

  it("says where kubectl's own flags belong", async () => {
    const { error, stderr } = await kubectl(["get", "pods", "-A"]);
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toBe(
      "Error: Nonexistent flag: -A\nTry:\n  put kubectl's arguments after --: alpine-k8s kubectl -- get pods\n  alpine-k8s kubectl --help\n",
    );
    expect(prepareKubectl).not.toHaveBeenCalled();
  });

  it.each([0, 1, 3, 137])("ends with kubectl's exit code %d", async (code) => {
    vi.mocked(runInteractive).mockResolvedValue(code);
    const { error } = await kubectl(["--", "get", "nodes"]);
    expect(error?.oclif?.exit ?? 0).toBe(code);
  });
});

describe("the download's bar", () => {
  it.each([
    [0, 48 << 20, 0, "[------------------------]   0 %  0.0 of 48.0 MiB"],
    [24 << 20, 48 << 20, 8000, "[############------------]  50 %  24.0 of 48.0 MiB  3.0 MiB/s  8 s left"],
    [4 << 20, 48 << 20, 20_000, "[##----------------------]   8 %  4.0 of 48.0 MiB  0.2 MiB/s  3 min 40 s left"],
    [4 << 20, 48 << 20, 400, "[##----------------------]   8 %  4.0 of 48.0 MiB  10.0 MiB/s"],
    [48 << 20, 48 << 20, 8000, "[########################] 100 %  48.0 of 48.0 MiB  6.0 MiB/s"],
    [5 << 20, undefined, 1000, "5.0 MiB  5.0 MiB/s"],
  ])("%d of %d", (done, all, milliseconds, text) => expect(barText(done, all, milliseconds)).toBe(text));

  it("is shown on terminals only, and not for every piece", () => {
    expect(downloadBar(silentProgress, "kubectl")).toBeUndefined();
    const shown: string[] = [];
    let now = 0;
    const terminal = {
      ...silentProgress,
      node: (_name: string, text: string) => shown.push(text),
      stop: () => undefined,
    };
    const bar = downloadBar(terminal, "kubectl", () => now);
    for (const done of [1, 2, 3]) bar?.(done << 20, 4 << 20);
    now = 200;
    bar?.(3 << 20, 4 << 20);
    bar?.(4 << 20, 4 << 20);
    expect(shown.map((text) => / (\d+) %/.exec(text)?.[1])).toEqual(["25", "75", "100"]);
  });
});
