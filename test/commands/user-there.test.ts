import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { differences, documented } from "./documented.js";
import { stage, user } from "./user-stage.js";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const FILE = "anna.config";
const QUOTA = "cpu=2,memory=4Gi,pods=20,storage=10Gi";

describe("user list", () => {
  it("shows role, quota used of hard, end, and what was refused last", async () => {
    await user("add", "anna", "--quota", "pods=2");
    await user("add", "root", "--role", "cluster-admin");
    const path = "/api/v1/namespaces/anna/resourcequotas/alpine-k8s-user-anna";
    const quota = stage.world.objects.get(path);
    if (quota === undefined) throw new Error("no quota");
    stage.world.objects.set(path, { ...quota, status: { used: { pods: "2" } } });
    const refused = (name: string, lastTimestamp: string, message: string) => ({
      ...{ apiVersion: "v1", kind: "Event", metadata: { name: `${name}.${lastTimestamp}` }, lastTimestamp, message },
      involvedObject: { kind: "ReplicaSet", name },
    });
    const words = 'pods "web-1" is forbidden: exceeded quota: alpine-k8s-user-anna, requested: pods=1, used: pods=2';
    stage.world.events.set("anna", [
      refused("web", "2026-01-01T00:00:00Z", "an older one is forbidden: exceeded quota"),
      refused("web", "2026-01-01T00:00:09Z", `${words}\u001b[31m`),
      refused("other", "2026-01-01T00:00:05Z", "no such image"),
    ]);
    const { stdout } = await user("list");
    expect(stdout).toMatch(/^USER +ROLE +NAMESPACE +KIND +ENDS +QUOTA USED\n/);
    expect(stdout).toMatch(/\nanna +edit +anna +token +\d{4}-\S+Z +pods 2\/2\n/);
    expect(stdout).toMatch(/\nroot +cluster-admin +\(all\) +token +\d{4}-\S+Z +-\n/);
    expect(stdout).toContain(
      `Refused in the last hour:\n  anna: ReplicaSet web at 2026-01-01T00:00:09Z: ${words}[31m\n`,
    );
    expect(stdout).not.toMatch(/older|such image/);
    const json = JSON.parse((await user("list", "-o", "json")).stdout) as { users: Record<string, unknown>[] };
    expect(differences(json, documented("`user list -o json`"))).toEqual([]);
    expect(json.users[0]).toMatchObject({
      ...{ name: "anna", state: "active", quota: [{ resource: "pods", used: "2", hard: "2" }] },
      refusals: [{ object: "ReplicaSet web", last: "2026-01-01T00:00:09Z" }],
    });
  });

  it("tells a user whose rights somebody has deleted, and that there is none", async () => {
    expect((await user("list")).stdout).toBe(
      "Cluster demo has no users besides its administrators; alpine-k8s user add makes one.\n",
    );
    await user("add", "anna");
    stage.world.objects.delete(`${RBAC}/namespaces/anna/rolebindings/alpine-k8s-user-anna`);
    expect((await user("list")).stdout).toMatch(/\nanna .* incomplete: alpine-k8s user renew anna /);
    await user("renew", "anna");
    expect(stage.world.rights(await stage.world.file(FILE))).toEqual(["edit in anna"]);
  });
});

describe("user renew and user kubeconfig", () => {
  it("renew ends the old token and writes the file anew; kubeconfig adds a token that ends with it", async () => {
    await user("add", "anna");
    const first = await stage.world.file(FILE);
    const renewed = await user("renew", "anna", "--days", "5");
    expect(renewed.stdout).toContain("An old token is not accepted any more.");
    const second = await stage.world.file(FILE);
    expect(stage.world.rights(first)).toEqual([]);
    expect(stage.world.rights(second)).toEqual(["edit in anna"]);
    const written = await user("kubeconfig", "anna", "--file", join(stage.world.folder, "again.config"), "-o", "json");
    const document = JSON.parse(written.stdout) as Record<string, unknown>;
    expect(differences(document, documented("`user kubeconfig -o json`"))).toEqual([]);
    const third = await stage.world.file("again.config");
    expect([stage.world.rights(second), stage.world.rights(third)]).toEqual([["edit in anna"], ["edit in anna"]]);
    expect(Date.parse(document["expires"] as string)).toBeLessThanOrEqual(Date.now() + 5 * 86_400_000);
    const json = JSON.parse((await user("renew", "anna", "-o", "json")).stdout) as Record<string, unknown>;
    expect(differences({ ...json, notes: ["one"] }, documented("`user renew -o json`"))).toEqual([]);
    expect([stage.world.rights(second), stage.world.rights(third)]).toEqual([[], []]);
  });

  it("says that there is no such user, and which there are", async () => {
    await user("add", "anna");
    for (const verb of ["renew", "kubeconfig", "remove"] as const) {
      const { stderr, exitCode } = await user(verb, "ana");
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining("the cluster has no user ana; it has anna")]);
    }
  });

  it("never writes over a file of others", async () => {
    await user("add", "anna");
    for (const text of ["mine", await stage.world.file("admin.config")]) {
      await writeFile(join(stage.world.folder, FILE), text);
      for (const verb of ["renew", "kubeconfig"] as const) {
        const { stderr, exitCode } = await user(verb, "anna");
        expect(exitCode).toBe(2);
        expect(stderr).toContain(`${FILE} exists, and is no kubeconfig of user anna alone; it stays as it is`);
      }
      expect(await readFile(join(stage.world.folder, FILE), "utf8")).toBe(text);
    }
  });
});

describe("user remove", () => {
  it("ends token and rights at once, names what went, and keeps the namespace", async () => {
    await user("add", "anna", "--quota", QUOTA);
    const config = await stage.world.file(FILE);
    const { stdout, exitCode } = await user("remove", "anna", "--yes");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("Namespace anna goes only with --with-data, with all that is in it");
    expect(stdout).toContain("RoleBinding anna/alpine-k8s-user-anna");
    expect(stage.world.left()).toEqual(["/api/v1/namespaces/anna"]);
    expect(stage.world.rights(config)).toEqual([]);
    await user("add", "anna");
    expect(stage.world.rights(config)).toEqual([]);
    expect(stage.world.rights(await stage.world.file(FILE))).toEqual(["edit in anna"]);
  });

  it("takes the namespace with --with-data, unless another user has it, too", async () => {
    await user("add", "anna");
    await user("add", "bob", "--namespace", "anna");
    const kept = await user("remove", "anna", "--yes", "--with-data");
    expect(kept.stdout).toContain("Namespace anna is used by bob, too");
    await user("add", "anna");
    await user("remove", "bob", "--yes");
    const gone = await user("remove", "anna", "--yes", "--with-data", "-o", "json");
    const document = JSON.parse(gone.stdout) as Record<string, unknown>;
    expect(differences(document, documented("`user remove -o json`"))).toEqual([]);
    expect(document["removed"]).toContain("Namespace anna");
    expect(stage.world.left()).toEqual([]);
  });

  it("takes a binding, too, whose labels an admin of the namespace has taken off", async () => {
    await user("add", "anna", "--role", "admin", "--kind", "certificate");
    const path = `${RBAC}/namespaces/anna/rolebindings/alpine-k8s-user-anna`;
    const binding = stage.world.objects.get(path);
    if (binding === undefined) throw new Error("no binding");
    stage.world.has({ ...binding, metadata: { ...binding.metadata, labels: {} } });
    const { stdout } = await user("remove", "anna", "--yes");
    expect(stdout).toContain("Deleted:\n  RoleBinding anna/alpine-k8s-user-anna\n");
    expect(stage.world.rights(await stage.world.file(FILE))).toEqual([]);
  });

  it("names bindings that an admin of a namespace may have made for another account", async () => {
    await user("add", "anna", "--role", "admin");
    for (const name of ["back-door", "alpine-k8s-user-other"]) {
      const metadata = { name, namespace: "anna" };
      stage.world.has({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata, subjects: [] });
    }
    const { stdout } = await user("remove", "anna", "--yes");
    expect(stdout).toContain("RoleBinding anna/back-door may be the user's own making: look at it");
    expect(stdout).toContain("RoleBinding anna/alpine-k8s-user-other may be the user's own making: look at it");
  });

  it("asks first, and does nothing when nobody can answer", async () => {
    await user("add", "anna");
    stage.world.changes.length = 0;
    const { stderr, exitCode } = await user("remove", "anna");
    expect(exitCode).toBe(6);
    expect(stderr).toContain(
      "Remove user anna (role edit) from cluster demo, with RoleBinding anna/alpine-k8s-user-anna, " +
        "ServiceAccount alpine-k8s-users/alpine-k8s-user-anna?",
    );
    const plan = await user("remove", "anna", "--with-data", "--dry-run");
    expect(plan.stdout).toContain("  delete Namespace anna\n");
    expect(stage.world.changes).toEqual([]);
  });
});
