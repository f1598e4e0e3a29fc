import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import Dashboard from "../../src/commands/dashboard.js";
import { dashboardText } from "../../src/cli/text/dashboard.js";
import { sshLogin } from "../../src/cli/text/tunnel.js";
import { openDashboard, type OpenedDashboard } from "../../src/operations/dashboard/dashboard.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import { DashboardWorld } from "../operations/dashboard-world.js";
import { differences, documented } from "./documented.js";
import { ROOT, type Ran } from "./run-command.js";

const BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
const VIEW = "alpine-k8s-dashboard-view";

let world: DashboardWorld;
/** Called when the dashboard is told; ends the command unless a test says otherwise. */
let onShown: (opened: OpenedDashboard) => unknown;
let browsed: string[];
beforeEach(async () => {
  world = await DashboardWorld.create();
  world.has("headlamp");
  onShown = () => undefined;
  browsed = [];
  vi.stubEnv("SSH_CONNECTION", undefined);
});
afterEach(() => world.close());

async function run(...argv: string[]): Promise<Ran> {
  class FakeDashboard extends Dashboard {
    static override id = "dashboard";
    protected override tools = () => Promise.resolve(world.tools());
    protected override readonly openBrowser = (address: string) => Promise.resolve(browsed.push(address) > 0);
    protected override print(...given: Parameters<Dashboard["print"]>): void {
      super.print(...given);
      const end = (): void => void process.emit("SIGINT");
      void Promise.resolve(onShown(given[1] as OpenedDashboard)).then(end, end);
    }
  }
  const command: { run(argv: string[], root: string): Promise<unknown> } = FakeDashboard;
  const all = ["--dir", world.world.folder, ...argv];
  const { stdout, stderr, error } = await captureOutput(() => command.run(all, ROOT));
  return { stdout, stderr, exitCode: error === undefined ? 0 : (error.oclif?.exit ?? 1) };
}

async function isClosed(address: string): Promise<boolean> {
  return fetch(address).then(
    () => false,
    () => true,
  );
}

describe("dashboard", () => {
  it("tells address and token, leads to the pod, and leaves nothing after Ctrl-C", async () => {
    let opened: OpenedDashboard | undefined;
    const pages: string[] = [];
    onShown = async (shown: OpenedDashboard) => {
      opened = shown;
      for (let count = 0; count < 3; count += 1) pages.push(await (await fetch(shown.address)).text());
    };
    const { stdout, stderr, exitCode } = await run();
    expect(exitCode).toBe(130);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^Dashboard: http:\/\/127\.0\.0\.1:\d+\/\nToken, valid until 2026-01-01T01:00:00Z:\n/);
    expect(stdout).toContain(`\n${world.token}\nCtrl-C ends it`);
    expect(pages).toEqual(["the dashboard", "the dashboard", "the dashboard"]);
    const account = `/api/v1/namespaces/kube-system/serviceaccounts/${VIEW}`;
    const request = {
      ...{ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" },
      spec: { expirationSeconds: 3600 },
    };
    expect(world.changes).toEqual([
      `apply ServiceAccount ${VIEW} as alpine-k8s`,
      `apply ClusterRoleBinding ${VIEW} as alpine-k8s`,
      `create ${account}/token ${JSON.stringify(request)}`,
      `delete ${account}`,
      `delete ${BINDINGS}/${VIEW}`,
    ]);
    expect(world.left()).toEqual([]);
    expect(await isClosed(opened?.address ?? "")).toBe(true);
  });

  it("-o json prints the documented document alone; the token is in no file", async () => {
    const { stdout, stderr, exitCode } = await run("-o", "json", "--verbose");
    const document = JSON.parse(stdout) as OpenedDashboard & Record<string, unknown>;
    expect([exitCode, stderr]).toEqual([130, ""]);
    expect(differences(document, documented("`dashboard -o json`"))).toEqual([]);
    expect(document).toMatchObject({ token: world.token, expires: "2026-01-01T01:00:00Z" });
    const { folder } = world.world;
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      const file = join(folder, name);
      if (statSync(file).isFile()) expect(readFileSync(file, "utf8"), name).not.toContain(world.token);
    }
  });

  it.each([
    ["view", "view"],
    ["edit", "edit"],
    ["admin", "cluster-admin"],
  ])("--role %s binds the token's account to the cluster role %s", async (role, clusterRole) => {
    let binding: unknown;
    onShown = () => (binding = world.objects.get(`${BINDINGS}/alpine-k8s-dashboard-${role}`));
    await run("--role", role);
    expect(binding).toMatchObject({
      roleRef: { kind: "ClusterRole", name: clusterRole },
      subjects: [{ kind: "ServiceAccount", name: `alpine-k8s-dashboard-${role}`, namespace: "kube-system" }],
    });
    expect(world.left()).toEqual([]);
  });

  it("opens a browser in a terminal, with the address alone, unless it is not wanted or of no use", async () => {
    const { isTTY } = process.stdout;
    onTestFinished(() => void (process.stdout.isTTY = isTTY));
    process.stdout.isTTY = true;
    const { stdout } = await run();
    expect(browsed).toEqual([/^Dashboard: (\S+)$/m.exec(stdout)?.[1]]);
    await run("--print");
    await run("--no-open");
    await run("-o", "json");
    vi.stubEnv("SSH_CONNECTION", "192.0.2.7 50000 192.0.2.1 2222");
    const far = await run("--port", "18001");
    expect(far.stdout).toMatch(/\n {2}ssh -p 2222 -L 18001:127\.0\.0\.1:18001 \S+@192\.0\.2\.1\n/);
    vi.stubEnv("SSH_CONNECTION", undefined);
    process.stdout.isTTY = false;
    await run();
    expect(browsed).toHaveLength(1);
  });

  it("takes the Kubernetes Dashboard where there is no Headlamp, over https", async () => {
    world.objects.clear();
    world.has("kubernetes-dashboard");
    const { stdout } = await run();
    expect(stdout).toMatch(
      /^Dashboard: https:\/\/127\.0\.0\.1:\d+\/\n {2}\(its certificate is one that it made itself/,
    );
    expect(world.changes).toContain(`delete /api/v1/namespaces/kubernetes-dashboard/serviceaccounts/${VIEW}`);
  });

  it("warns when it listens for others", async () => {
    const { stdout, stderr, exitCode } = await run("--insecure-listen", "0.0.0.0", "--port", "18002");
    expect(exitCode).toBe(130);
    expect(stdout).toContain("Dashboard: http://127.0.0.1:18002/\n");
    expect(stderr).toContain("warning: everybody who reaches port 18002 of 0.0.0.0 reaches the dashboard");
  });
});

describe("dashboard refuses, with what to type,", () => {
  it("a cluster without one", async () => {
    world.objects.clear();
    const { stderr, exitCode } = await run();
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Error: this cluster has no dashboard\nTry:\n  alpine-k8s addons enable headlamp\n");
    expect(world.changes).toEqual([]);
  });

  it("one that does not run within a minute, with what its pods wait for", async () => {
    world.has("headlamp", false);
    const { stderr, exitCode } = await run();
    expect(exitCode).toBe(5);
    expect(stderr).toContain(
      "Error: gave up after 60 s waiting for the dashboard: Deployment kube-system/headlamp has 0 of 1 available " +
        "(on minion1.example.com: ImagePullBackOff: Back-off pulling image)\nTry:\n",
    );
    expect(world.changes).toEqual([]);
  });

  it.each([
    [["--insecure-listen", "example.com"], 2, "--insecure-listen example.com: this is no IP address"],
    [["--insecure-listen", "192.0.2.77"], 3, "this computer has no such address"],
    [["--role", "root"], 2, "Expected --role=root to be one of: view, edit, admin"],
    [["--port", "0"], 2, "greater than or equal to 1"],
  ])("%j", async (argv, code, message) => {
    const { stderr, exitCode } = await run(...argv);
    expect({ exitCode, stderr }).toEqual({ exitCode: code, stderr: expect.stringContaining(message) as string });
    expect(world.changes).toEqual([]);
  });
});

describe("what a run leaves behind", () => {
  /** Runs the operation until the dashboard is told; returns what ends it. */
  async function opened(): Promise<() => Promise<unknown>> {
    const asked = new AbortController();
    let running: Promise<unknown> | undefined;
    await new Promise<void>((resolve, reject) => {
      const role = "view";
      running = openDashboard({ ...world.input(asked.signal), role, onOpen: () => resolve() });
      running.catch(reject);
    });
    return () => {
      asked.abort(new AlpineK8sError("interrupted", "interrupted"));
      return running?.catch((error: unknown) => error) ?? Promise.reject(new Error("it never ran"));
    };
  }

  it("stays as long as another run needs it", async () => {
    const [one, other] = [await opened(), await opened()];
    expect(await one()).toMatchObject({ kind: "interrupted" });
    expect(world.left()).toHaveLength(2);
    await other();
    expect(world.left()).toEqual([]);
  });

  it("is taken away after a run that was killed, when its token has ended", async () => {
    const path = `/api/v1/namespaces/kube-system/serviceaccounts/${VIEW}`;
    const annotations = { "dashboard.alpine-k8s/0123": "2026-01-01T00:00:00Z" };
    const metadata = { name: VIEW, namespace: "kube-system", annotations };
    world.objects.set(path, { apiVersion: "v1", kind: "ServiceAccount", metadata });
    await (
      await opened()
    )();
    expect(world.left()).toEqual([]);
  });

  it("is nothing when the token is refused, or Ctrl-C comes meanwhile", async () => {
    world.token = "";
    const { stderr, exitCode } = await run();
    expect(exitCode).toBe(4);
    expect(stderr).toContain(`the API gave no token for ServiceAccount kube-system/${VIEW}`);
    expect(world.left()).toEqual([]);
    world.onChange = (change) => {
      if (change.startsWith("apply ClusterRoleBinding")) process.emit("SIGINT");
    };
    world.token = "again";
    expect((await run()).exitCode).toBe(130);
    expect(world.left()).toEqual([]);
  });

  it("is told, with what to type, when the API does not take it away", async () => {
    world.onChange = (change) => {
      if (change.startsWith("delete")) throw new Error("the API is away");
    };
    const { stderr, exitCode } = await run();
    expect(exitCode).toBe(130);
    expect(stderr).toContain(`ServiceAccount kube-system/${VIEW} was not taken away: the API is away`);
    expect(stderr).toContain(`alpine-k8s kubectl -- -n kube-system delete serviceaccount ${VIEW}`);
  });
});

describe("the text of an ssh login", () => {
  const told = { address: "http://127.0.0.1:8001/", token: "t", expires: "soon" };

  it("has the line for a tunnel", () => {
    const text = dashboardText(told, sshLogin("192.0.2.7 50000 192.0.2.1 22", "joe"));
    expect(text).toContain("\nFirst, on your own computer:\n  ssh -L 8001:127.0.0.1:8001 joe@192.0.2.1\n");
  });

  it.each([undefined, "", "x", "192.0.2.7 50000 $(reboot) 22", "192.0.2.7 50000 192.0.2.1 22;x"])(
    "is left out for %j",
    (connection) => expect(sshLogin(connection, "joe")).toBeUndefined(),
  );
});
