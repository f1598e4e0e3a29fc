import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { inBench, startBench, startInBench } from "./support/bench.js";
import { benchMachines } from "./support/bench-machines.js";
import { hostsSpec, MINOR, TestCluster } from "./support/cluster.js";
import type { Machines } from "./support/machines.js";
import { IMAGE } from "./support/pods.js";
import { expectDone, type Outcome, quote, waitFor } from "./support/programs.js";

// A colleague gets access that can do so much and no more, uses it with the real kubectl, and loses it: real API, scheduler,
// quota and signer.
const cluster = new TestCluster("users");
const QUOTA = "cpu=1,memory=512Mi,pods=2";
let machines: Machines;

beforeAll(async () => {
  await startBench();
  machines = await benchMachines("users", { masters: 1, minions: 1 });
  await cluster.reset(hostsSpec("users", machines.logins));
  expectDone(await cluster.run("up"));
});

afterAll(() => machines.end());

const at = (name: string): string => join(cluster.folder, name);

/** The real kubectl with one of the folder's kubeconfigs. */
function as(config: string, ...args: string[]): Promise<Outcome> {
  return inBench("kubectl", `--kubeconfig=${at(config)}`, ...args);
}

function applyAs(config: string, object: object): Promise<Outcome> {
  return startInBench(["kubectl", `--kubeconfig=${at(config)}`, "apply", "-f", "-"], JSON.stringify(object)).done;
}

const container = { name: "web", image: IMAGE, command: ["sleep", "3600"] };
const podSpec = { terminationGracePeriodSeconds: 1, containers: [container] };
const pod = (name: string): object => ({ apiVersion: "v1", kind: "Pod", metadata: { name }, spec: podSpec });
const deployment = (name: string, replicas: number): object => {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: podSpec };
  return {
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name } },
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
};

async function runningAs(config: string): Promise<number> {
  const { stdout } = await as(config, "get", "pods", "--field-selector=status.phase=Running", "-o", "name");
  return stdout.split("\n").filter((line) => line !== "").length;
}

interface Listed {
  readonly name: string;
  readonly state: string;
  readonly quota: readonly { readonly resource: string; readonly used: string | null; readonly hard: string }[];
  readonly refusals: readonly { readonly object: string; readonly message: string }[];
}

async function listed(name: string): Promise<Listed | undefined> {
  const { stdout } = await cluster.run("user", "list", "-o", "json");
  return (JSON.parse(stdout) as { users: Listed[] }).users.find((one) => one.name === name);
}

/** Asks the API with a kubeconfig's token, over and over, until it has refused with `code`. */
async function lastAccepted(config: string, namespace: string, code: number) {
  const { clusters, users } = parse(await readFile(at(config), "utf8")) as {
    clusters: [{ cluster: { server: string } }];
    users: [{ user: { token: string } }];
  };
  const url = `${clusters[0].cluster.server}/api/v1/namespaces/${namespace}/pods`;
  const asked = `curl -sk -o /dev/null -w '%{http_code}' -H ${quote(`Authorization: Bearer ${users[0].user.token}`)} ${url}`;
  const until = `while :; do code=$(${asked}); echo "$(date +%s%3N) $code"; [ "$code" = ${code} ] && break; done`;
  return startInBench(["timeout", "120", "sh", "-c", until]);
}

/** Milliseconds from `since` to the last answer 200, and to the first of each other code. */
function timesIn({ stdout }: Outcome, since: number): Record<string, number> {
  const times: Record<string, number> = {};
  for (const line of stdout.trim().split("\n")) {
    const [time = "", code = ""] = line.split(" ");
    if (code === "200" || times[code] === undefined) times[code] = Number(time) - since;
  }
  return times;
}

describe("users", () => {
  it("a colleague's first pod runs", async () => {
    const began = Date.now();
    expectDone(await cluster.run("user", "add", "anna", "--quota", QUOTA));
    const added = Date.now() - began;
    expectDone(await applyAs("anna.config", deployment("web", 1)));
    await waitFor("the pod runs", async () => (await runningAs("anna.config")) === 1, 120_000);
    console.log(`user add: ${added} ms; from user add to the colleague's first pod Running: ${Date.now() - began} ms`);
    expect((await cluster.run("user", "add", "anna", "--quota", QUOTA)).stdout).toContain("nothing was changed");
  });

  it("what is forbidden is forbidden", async () => {
    expectDone(await cluster.run("user", "add", "victor", "--namespace", "anna", "--role", "view"));
    expectDone(await as("victor.config", "get", "pods"));
    const forbidden: readonly (readonly [string, ...string[]])[] = [
      ["victor.config", "delete", "deployment", "web"],
      ["victor.config", "get", "secrets"],
      ["anna.config", "get", "nodes"],
      ["anna.config", "get", "pods", "-n", "kube-system"],
      ["anna.config", "get", "secrets", "-n", "alpine-k8s-users"],
      ["anna.config", "delete", "resourcequota", "alpine-k8s-user-anna"],
      ["anna.config", "delete", "limitrange", "alpine-k8s-user-anna"],
      ["anna.config", "get", "rolebindings"],
    ];
    for (const [config, ...words] of forbidden) {
      const { code, stderr } = await as(config, ...words);
      expect({ words, code, stderr }).toEqual({
        words,
        code: 1,
        stderr: expect.stringContaining("Forbidden") as string,
      });
    }
  });

  it("what goes past the quota is refused, directly and through a Deployment, and user list shows it", async () => {
    expectDone(await applyAs("anna.config", pod("second")));
    const third = await applyAs("anna.config", pod("third"));
    expect(third.stderr).toContain("exceeded quota: alpine-k8s-user-anna");
    expectDone(await applyAs("anna.config", deployment("more", 2)));
    await waitFor("the refusal", async () => ((await listed("anna"))?.refusals.length ?? 0) > 0, 60_000);
    const anna = await listed("anna");
    expect(anna?.refusals[0]?.object).toMatch(/^ReplicaSet more-/);
    expect(anna?.refusals[0]?.message).toContain("exceeded quota: alpine-k8s-user-anna");
    expect(anna?.quota).toContainEqual({ resource: "pods", used: "2", hard: "2" });
    const { stdout } = await cluster.run("user", "list");
    expect(stdout).toMatch(/pods 2\/2/);
    expect(stdout).toMatch(/Refused in the last hour:\n {2}anna: ReplicaSet more-/);
  });

  it("renew ends the old token; a token of user kubeconfig ends with the one beside which it was made", async () => {
    expectDone(await cluster.run("user", "kubeconfig", "anna", "--file", at("second.config")));
    expectDone(await as("second.config", "get", "pods"));
    expectDone(await inBench("cp", at("anna.config"), at("old.config")));
    const renewed = await cluster.run("user", "renew", "anna", "--days", "2", "-o", "json");
    expectDone(renewed);
    const { expires } = JSON.parse(renewed.stdout) as { expires: string };
    expect(Math.abs(Date.parse(expires) - Date.now() - 2 * 86_400_000)).toBeLessThan(600_000);
    expectDone(await as("anna.config", "get", "pods"));
    for (const old of ["old.config", "second.config"]) {
      await waitFor(
        "it is out",
        async () => /Unauthorized|must be logged in/.test((await as(old, "get", "pods")).stderr),
        20_000,
      );
    }
  });

  it("a removed token is out within a second, and the same name again does not revive it", async () => {
    expectDone(await cluster.run("user", "add", "bob"));
    expectDone(await as("bob.config", "get", "pods"));
    expectDone(await inBench("cp", at("bob.config"), at("old-bob.config")));
    const asking = await lastAccepted("bob.config", "bob", 401);
    await waitFor("it is asked", () => / 200\n/.test(asking.output()), 30_000);
    expectDone(await cluster.run("user", "remove", "bob", "--yes"));
    const ended = Date.now();
    const times = timesIn(await asking.done, ended);
    console.log(`after the end of user remove, in ms: ${JSON.stringify(times)}`);
    expect(times["200"]).toBeLessThan(1_000);
    expect(times["401"]).toBeDefined();
    expectDone(await cluster.run("user", "add", "bob"));
    expectDone(await as("bob.config", "get", "pods"));
    expect((await as("old-bob.config", "get", "pods")).stderr).toMatch(/Unauthorized|must be logged in/);
  });

  it("a certificate has its rights until remove, and no more after that", async () => {
    if (MINOR < 22) {
      const refused = await cluster.run("user", "add", "carla", "--kind", "certificate", "--days", "5");
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("it can be chosen since 1.22")]);
    }
    const added = await cluster.run("user", "add", "carla", "--kind", "certificate");
    expectDone(added);
    expectDone(await as("carla.config", "get", "pods"));
    expectDone(await inBench("cp", at("carla.config"), at("old-carla.config")));
    const removed = await cluster.run("user", "remove", "carla", "--yes");
    expect(removed.stdout).toMatch(/still accepted as one of user carla until \d{4}-/);
    expect((await as("old-carla.config", "get", "pods")).stderr).toMatch(/Forbidden.*alpine-k8s:user:carla/);
    expectDone(await cluster.run("user", "add", "carla", "--kind", "certificate"));
    expectDone(await as("carla.config", "get", "pods"));
    expect((await as("old-carla.config", "get", "pods")).stderr).toContain("Forbidden");
    expectDone(await inBench("cp", at("carla.config"), at("old-carla.config")));
    expectDone(await cluster.run("user", "renew", "carla"));
    expectDone(await as("carla.config", "get", "pods"));
    expect((await as("old-carla.config", "get", "pods")).stderr).toContain("Forbidden");
    const left = await cluster.kubectl("get", "certificatesigningrequests", "-o", "name");
    expect(left.stdout).not.toContain("alpine-k8s-user");
  });

  it("a request that the colleague has made is signed; used once more it is refused", async () => {
    expectDone(
      await inBench(
        "sh",
        "-c",
        `openssl req -new -newkey rsa:2048 -nodes -keyout ${at("x.key")} -out ${at("x.csr")} -subj /CN=dora`,
      ),
    );
    const other = await cluster.run("user", "add", "dora", "--csr", at("x.csr"));
    expect(other.code).toBe(2);
    const [line = ""] = /openssl req .*CN=\S+/.exec(other.stderr) ?? [];
    expectDone(await inBench("sh", "-c", `cd ${cluster.folder} && ${line}`));
    expectDone(await cluster.run("user", "add", "dora", "--csr", at("dora.csr")));
    expect(await readFile(at("dora.config"), "utf8")).not.toContain("client-key-data");
    expectDone(await as("dora.config", "get", "pods"));
    expectDone(await inBench("cp", at("dora.config"), at("old-dora.config")));
    expectDone(await cluster.run("user", "remove", "dora", "--yes"));
    const again = await cluster.run("user", "add", "dora", "--csr", at("dora.csr"));
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining("was used before")]);
    expect((await as("old-dora.config", "get", "pods")).stderr).toContain("Forbidden");
  });

  it("killed on the way no right is without a record, and the same command goes on", async () => {
    const record = ["-n", "alpine-k8s-users", "get", "configmap", "alpine-k8s-user-eve"];
    const adding = cluster.start("user", "add", "eve");
    // At once when it says so: the steps behind it take less than a second.
    adding.child.stderr?.on("data", () => {
      if (adding.output().includes("ok Note user eve")) adding.child.kill("SIGKILL");
    });
    const outcome = await adding.done;
    expect(outcome.stdout).toBe("");
    expect(adding.child.signalCode).toBe("SIGKILL");
    expectDone(await cluster.kubectl(...record));
    expectDone(await cluster.run("user", "add", "eve"));
    expectDone(await cluster.run("user", "kubeconfig", "eve"));
    expectDone(await as("eve.config", "get", "pods"));
    const secrets = ["-n", "alpine-k8s-users", "get", "secrets", "-l", "alpine-k8s/user=eve", "-o", "name"];
    expect((await cluster.kubectl(...secrets)).stdout.trim().split("\n")).toHaveLength(1);
    expectDone(await cluster.run("user", "remove", "eve", "--yes", "--with-data"));
    expect((await cluster.kubectl(...record)).stderr).toContain("NotFound");
    expect((await cluster.kubectl(...secrets)).stdout).toBe("");
  });

  it("remove --with-data takes the namespace; those of others and the cluster stay as they are", async () => {
    const kept = await cluster.run("user", "remove", "anna", "--yes", "--with-data");
    expect(kept.stdout).toContain("Namespace anna is used by victor, too");
    expectDone(await cluster.run("user", "add", "anna"));
    expectDone(await cluster.run("user", "remove", "victor", "--yes", "--with-data"));
    expectDone(await cluster.kubectl("get", "namespace", "anna"));
    expectDone(await cluster.run("user", "remove", "anna", "--yes", "--with-data"));
    expect((await cluster.kubectl("get", "namespace", "anna")).stderr).toContain("NotFound");
    await rm(at("anna.config"), { force: true });
    expectDone(await cluster.run("user", "add", "admin-of-all", "--role", "cluster-admin"));
    expectDone(await as("admin-of-all.config", "get", "nodes"));
    expectDone(await cluster.run("user", "remove", "admin-of-all", "--yes"));
    expect((await as("admin-of-all.config", "get", "nodes")).code).toBe(1);
    expectDone(await cluster.run("status"));
  });
});
