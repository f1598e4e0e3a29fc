import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readCredentials } from "../../src/kubeconfig/admin-config.js";
import { differences, documented } from "./documented.js";
import { stage, user } from "./user-stage.js";

const HOME = "/api/v1/namespaces/alpine-k8s-users";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const FILE = "anna.config";
const QUOTA = "cpu=2,memory=4Gi,pods=20,storage=10Gi";

/** The user of a kubeconfig in the folder. */
async function userIn(file = FILE): Promise<{ readonly name: string; readonly user: Record<string, string> }> {
  const { users } = parse(await stage.world.file(file)) as { users: { name: string; user: Record<string, string> }[] };
  const [only] = users;
  if (only === undefined) throw new Error("it has no user");
  return only;
}

describe("user add with a token", () => {
  it("makes namespace, quota, account and kubeconfig, gives the role last, and shows no secret", async () => {
    const { stdout, stderr, exitCode } = await user("add", "anna", "--role", "admin", "--quota", QUOTA);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.any(String) as string });
    const issue = /alpine-k8s-user-anna-([0-9a-f]{16})/.exec(stage.world.left().join())?.[1] ?? "none";
    expect(stage.world.changes).toEqual([
      "apply Namespace alpine-k8s-users as alpine-k8s",
      `create ${HOME}/configmaps`,
      "apply ServiceAccount alpine-k8s-user-anna as alpine-k8s",
      `apply Secret alpine-k8s-user-anna-${issue} as alpine-k8s`,
      `create ${HOME}/serviceaccounts/alpine-k8s-user-anna/token`,
      "apply Namespace anna as alpine-k8s",
      "apply LimitRange alpine-k8s-user-anna as alpine-k8s",
      "apply ResourceQuota alpine-k8s-user-anna as alpine-k8s",
      "apply ConfigMap alpine-k8s-user-anna as alpine-k8s",
      "apply RoleBinding alpine-k8s-user-anna as alpine-k8s",
    ]);
    const { token = "" } = (await userIn()).user;
    expect(token).toMatch(/^secret\.token\./);
    expect(stdout + stderr).not.toContain(token);
    expect(JSON.stringify([...stage.world.objects])).not.toContain(token);
    const files = readdirSync(stage.world.folder, { recursive: true, encoding: "utf8" })
      .map((name) => join(stage.world.folder, name))
      .filter((path) => statSync(path).isFile());
    expect(files.filter((path) => readFileSync(path, "utf8").includes(token))).toEqual([
      join(stage.world.folder, FILE),
    ]);
    expect(stdout).toContain(`User anna has access to cluster demo: admin in namespace anna, limited to ${QUOTA}.`);
    expect(stdout).toContain(join(stage.world.folder, FILE));
    expect(statSync(join(stage.world.folder, FILE)).mode & 0o777).toBe(0o600);
    expect(stage.world.rights(await stage.world.file(FILE))).toEqual(["admin in anna"]);
  });

  it("leads where admin.config leads, to the user's namespace, and trusts the cluster's CA alone", async () => {
    await user("add", "anna", "--namespace", "team");
    const config = parse(await stage.world.file(FILE)) as {
      clusters: [{ name: string; cluster: Record<string, string> }];
      contexts: [{ name: string; context: Record<string, string> }];
    };
    const { server, serverName, ca } = readCredentials(await stage.world.file("admin.config"));
    expect(config.clusters).toEqual([
      {
        name: "demo",
        cluster: {
          ...{ server, "tls-server-name": serverName },
          "certificate-authority-data": Buffer.from(ca).toString("base64"),
        },
      },
    ]);
    expect(config.contexts).toEqual([
      { name: "anna@demo", context: { cluster: "demo", user: "anna@demo", namespace: "team" } },
    ]);
    expect(config).toMatchObject({ "current-context": "anna@demo" });
  });

  it("limits by requests and limits, gives pods without figures an even share, and keeps them off the nodes", async () => {
    await user("add", "anna", "--quota", QUOTA);
    const at = (path: string): unknown => stage.world.objects.get(`/api/v1/namespaces/anna${path}`);
    expect(at("/resourcequotas/alpine-k8s-user-anna")).toMatchObject({
      spec: {
        hard: {
          ...{ "requests.cpu": "2", "limits.cpu": "2", "requests.memory": "4Gi", "limits.memory": "4Gi" },
          ...{ pods: "20", "requests.storage": "10Gi" },
        },
      },
    });
    const share = { cpu: "100m", memory: "204Mi" };
    expect(at("/limitranges/alpine-k8s-user-anna")).toMatchObject({
      spec: { limits: [{ type: "Container", default: share, defaultRequest: share }] },
    });
    expect(at("")).toMatchObject({
      metadata: {
        labels: {
          ...{ "app.kubernetes.io/managed-by": "alpine-k8s", "alpine-k8s/user": "anna" },
          "pod-security.kubernetes.io/enforce": "baseline",
        },
      },
    });
  });

  it("again does nothing and says so; with other arguments it says what differs and what to type", async () => {
    await user("add", "anna");
    const before = await stage.world.file(FILE);
    stage.world.changes.length = 0;
    const again = await user("add", "anna");
    expect(again.exitCode).toBe(0);
    expect(again.stdout).toContain("User anna has this access to cluster demo already; nothing was changed.");
    const other = await user("add", "anna", "--role", "admin", "--quota", "pods=3");
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain(
      "user anna is there already, and is another one: role edit, not admin; quota none, not pods=3",
    );
    expect(other.stderr).toContain("alpine-k8s user remove anna, then this command again");
    const longer = await user("add", "anna", "--days", "30");
    expect(longer.stderr).toContain("alpine-k8s user renew anna --days 30");
    expect(stage.world.changes).toEqual([]);
    expect(await stage.world.file(FILE)).toBe(before);
  });

  it("prints the end that the token has, and says when the cluster gives less than was asked for", async () => {
    stage.world.longest = 3600;
    const { stdout } = await user("add", "anna", "-o", "json");
    const given = JSON.parse(stdout) as Record<string, unknown> & { expires: string; notes: string[] };
    expect(Date.parse(given.expires)).toBeLessThan(Date.now() + 3_700_000);
    expect(given.notes).toEqual([`the cluster gives a token no 90 day(s): it ends at ${given.expires}`]);
    expect(differences(given, documented("`user add -o json`"))).toEqual([]);
  });

  it("says what it would do, and does nothing, with --dry-run", async () => {
    const { stdout, exitCode } = await user("add", "anna", "--quota", "pods=2", "--dry-run", "--exit-code");
    expect(exitCode).toBe(7);
    for (const line of [
      "note user anna in namespace alpine-k8s-users",
      "make a token for user anna for 90 day(s)",
      "make namespace anna",
      "limit it to pods=2",
      `write ${join(stage.world.folder, FILE)}, mode 0600`,
      "give user anna the role edit in namespace anna",
    ])
      expect(stdout).toContain(`  ${line}\n`);
    expect(stage.world.changes).toEqual([]);
    expect(stage.world.left()).toEqual([]);
    await user("add", "anna");
    expect((await user("add", "anna", "--dry-run", "--exit-code")).exitCode).toBe(0);
  });

  it("is refused while somebody else adds the same user", async () => {
    stage.world.onChange = (change) => {
      const metadata = { name: "alpine-k8s-user-anna", namespace: "alpine-k8s-users" };
      if (change.startsWith("create ")) stage.world.has({ apiVersion: "v1", kind: "ConfigMap", metadata });
    };
    const { stderr, exitCode } = await user("add", "anna");
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("somebody else is adding user anna just now")]);
    expect(stage.world.changes).toHaveLength(2);
  });

  it("gives cluster-admin everything everywhere, without a namespace", async () => {
    const { stdout } = await user("add", "root", "--role", "cluster-admin");
    expect(stdout).toContain("User root has access to cluster demo: cluster-admin, everything everywhere.");
    expect(stage.world.left()).toContain(`${RBAC}/clusterrolebindings/alpine-k8s-user-root`);
    expect(stage.world.rights(await stage.world.file("root.config"))).toEqual(["cluster-admin in all"]);
    expect(stage.world.left().filter((path) => path.includes("/namespaces/root"))).toEqual([]);
  });
});

describe("user add in a namespace of others", () => {
  const theirs = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { team: "shop" } } };

  it("takes it only when it is named, and neither labels nor deletes it", async () => {
    stage.world.has(theirs);
    const unasked = await user("add", "shop");
    expect(unasked.exitCode).toBe(2);
    expect(unasked.stderr).toContain("there is a namespace shop already, and it was not made for user shop");
    expect(unasked.stderr).toContain("alpine-k8s user add shop --namespace shop");
    expect(stage.world.changes).toEqual([]);
    const { stdout } = await user("add", "anna", "--namespace", "shop", "--quota", "pods=2");
    expect(stdout).toContain("namespace shop was there before: it is not labelled, and never deleted with the user");
    expect(stdout).toContain("the quota counts all that is in namespace shop, whoever made it");
    const live = stage.world.objects.get("/api/v1/namespaces/shop");
    expect(live?.metadata["labels"]).toEqual({ team: "shop" });
    const removed = await user("remove", "anna", "--yes", "--with-data");
    expect(removed.stdout).toContain("Namespace shop was not made for this user");
    expect(stage.world.left()).toEqual(["/api/v1/namespaces/shop"]);
  });

  it("touches no object of theirs under our names", async () => {
    stage.world.has(theirs);
    const binding = { name: "alpine-k8s-user-anna", namespace: "shop" };
    stage.world.has({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: binding,
      subjects: [],
    });
    const { stderr, exitCode } = await user("add", "anna", "--namespace", "shop");
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      "RoleBinding shop/alpine-k8s-user-anna exists and was not made by alpine-k8s for this user",
    );
    expect(stage.world.changes).toEqual([]);
  });
});
