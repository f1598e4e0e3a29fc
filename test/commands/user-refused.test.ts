import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stage, user } from "./user-stage.js";

const NAME = "is no name that Kubernetes takes";

describe("user add refuses before anything is made", () => {
  it.each<readonly [readonly string[], string]>([
    [["Anna"], `the user's name "Anna" ${NAME}`],
    [["anna_b"], NAME],
    [["-anna"], "Nonexistent flag"],
    [["anna-"], NAME],
    [["system:masters"], NAME],
    [["a".repeat(32)], "has 32 characters, and 31 is the most"],
    [["anna", "--namespace", "Team"], '--namespace "Team" is no name of a namespace'],
    [["anna", "--namespace", "kube-system"], "the namespace kube-system is the cluster's own"],
    [["anna", "--namespace", "alpine-k8s-users"], "the namespace alpine-k8s-users is the cluster's own"],
    [["kube-fan"], "alpine-k8s user add kube-fan --namespace NAME"],
    [["anna", "--role", "cluster-admin", "--namespace", "anna"], "--namespace means nothing with --role cluster-admin"],
    [["anna", "--role", "cluster-admin", "--quota", "pods=1"], "--quota means nothing with --role cluster-admin"],
    [["anna", "--role", "owner"], "Expected --role=owner to be one of: view, edit, admin, cluster-admin"],
    [
      ["anna", "--quota", "cpu"],
      '--quota cpu: "cpu" is none of cpu=AMOUNT, memory=AMOUNT, pods=AMOUNT, storage=AMOUNT',
    ],
    [["anna", "--quota", "gpu=1"], '"gpu=1" is none of'],
    [["anna", "--quota", ""], '"" is none of'],
    [["anna", "--quota", "cpu=2,cpu=3"], "cpu is given twice"],
    [["anna", "--quota", "memory=4GB"], "memory=4GB is no amount of Kubernetes, such as 2, 500m or 4Gi"],
    [["anna", "--quota", "memory=4"], "memory=4 is too little; the least is 1Mi"],
    [["anna", "--quota", "cpu=-1"], "cpu=-1 is too little; the least is 1m"],
    [["anna", "--quota", "pods=1.5"], "pods=1.5 is no whole number"],
    [["anna", "--quota", "pods=0"], "pods=0 is too little; the least is 1"],
    [["anna", "--days", "0"], "--days 0: it would have ended already"],
    [["anna", "--days", "-3"], "--days -3: it would have ended already"],
    [["anna", "--days", "3651"], "--days 3651: 3650 is the most"],
    [
      ["anna", "--kind", "token", "--csr", "anna.csr"],
      "--csr is a request for a certificate, and --kind token makes none",
    ],
    [["default"], "there is a namespace default already"],
  ])("user add %j: exit 2", async (argv, words) => {
    stage.world.has({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } });
    const before = stage.world.left();
    const { stdout, stderr, exitCode } = await user("add", ...argv);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr.replaceAll(/\s+/g, " ")).toContain(words);
    expect(stage.world.changes).toEqual([]);
    expect(stage.world.left()).toEqual(before);
  });

  it.each(["anna.config", "admin.config", "elsewhere"])("a kubeconfig where another file is: %s", async (name) => {
    const file = join(stage.world.folder, name);
    if (name !== "admin.config") await writeFile(file, "mine\n");
    const { stderr, exitCode } = await user("add", "anna", "--file", file);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(name === "admin.config" ? "is the cluster's own kubeconfig" : "it stays as it is");
    expect(stderr).toContain("another place: --file FILE");
    expect(stage.world.changes).toEqual([]);
  });

  it("a user called admin needs --file, and a folder in the file's place is told", async () => {
    expect((await user("add", "admin")).stderr).toContain("admin.config is the cluster's own kubeconfig");
    await mkdir(join(stage.world.folder, "anna.config"));
    const { stderr, exitCode } = await user("add", "anna");
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining("EISDIR")]);
    expect(stage.world.changes).toEqual([]);
  });

  it("a namespace that is being deleted", async () => {
    const labels = { "app.kubernetes.io/managed-by": "alpine-k8s", "alpine-k8s/user": "anna" };
    stage.world.has({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "anna", labels },
      status: { phase: "Terminating" },
    });
    const { stderr, exitCode } = await user("add", "anna");
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("the namespace anna is being deleted")]);
    expect(stage.world.changes).toEqual([]);
  });

  it("our own namespace, when somebody else has made it", async () => {
    stage.world.has({ apiVersion: "v1", kind: "Namespace", metadata: { name: "alpine-k8s-users" } });
    const { stderr, exitCode } = await user("add", "anna");
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining("Namespace alpine-k8s-users exists and was not made by"),
    ]);
    expect(stage.world.changes).toEqual([]);
  });
});

describe("user renew refuses", () => {
  it("an end in the past and a request for a user with tokens", async () => {
    await user("add", "anna");
    const before = stage.world.changes.length;
    expect((await user("renew", "anna", "--days", "0")).stderr).toContain("--days 0: it would have ended already");
    expect((await user("renew", "anna", "--csr", "x")).stderr).toContain("user anna has tokens");
    expect(stage.world.changes).toHaveLength(before);
  });
});
