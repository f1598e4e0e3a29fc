import { readdirSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import {
  caFingerprint,
  caHash,
  caKey,
  caPem,
  FakeNode,
  masterVariables,
  minionVariables,
  otherHash,
  type ScriptName,
  type ScriptRun,
  sharedVariables,
  token,
  type Variables,
} from "./node.js";

const nodes: FakeNode[] = [];
/** A node on which shared.sh has run. */
async function fitNode(variables: Variables = sharedVariables): Promise<FakeNode> {
  const node = await FakeNode.start();
  nodes.push(node);
  const run = await node.run("shared", variables);
  expect(run.stderr).toBe("");
  node.forgetCalls();
  return node;
}
afterEach(async () => {
  for (const node of nodes.splice(0)) {
    expect(node.refused()).toBe("");
    await node.stop();
  }
});
const kubeadmCalls = (node: FakeNode): string[] =>
  node
    .calls()
    .filter((call) => /^kubeadm (init|join|reset)/.test(call))
    .map((call) => call.replace(/\.\d+\//, ".N/"));
const leftovers = (node: FakeNode): string[] =>
  readdirSync(`${node.root}/run`).filter((name) => name.startsWith("alpine-k8s"));

describe.each(["ash", "dash"] as const)("under %s", (shell) => {
  test("master.sh makes the first master once; the second run changes nothing and says so", async () => {
    const node = await fitNode();
    node.write("/etc/alpine-k8s/network.yaml", "kind: DaemonSet\n");
    const variables = { ...masterVariables, AK8S_NETWORK_MANIFEST: "/etc/alpine-k8s/network.yaml" };
    const first = await node.run("master", variables, shell);
    expect(first.stderr).toBe("");
    expect(first.code).toBe(0);
    expect(first.result).toMatchObject({
      script: "master",
      changed: ["kubelet-enabled", "init", "network"],
      failed: [],
    });
    expect(kubeadmCalls(node)).toEqual(["kubeadm init --config /run/alpine-k8s.N/kubeadm.yaml --skip-token-print"]);
    expect(node.read("/fake/kubeadm-config")).toContain(`- token: "${token}"`);
    expect(node.read("/etc/kubernetes/pki/ca.crt")).toBe(caPem);
    expect(node.read("/etc/kubernetes/pki/ca.key")).toBe(caKey);
    expect(node.mode("/etc/kubernetes/pki/ca.key")).toBe(0o600);
    expect(node.read("/etc/alpine-k8s/init.finished")).toBe(`${caHash}\n`);
    expect(node.read("/fake/applied")).toBe("kind: DaemonSet\n");
    expect(leftovers(node)).toEqual([]);

    const before = node.tree();
    node.forgetCalls();
    const second = await node.run("master", variables, shell);
    expect(second.code).toBe(0);
    expect(second.result.changed).toEqual([]);
    expect(second.result.present).toEqual(["kubelet", "init", "network"]);
    expect(node.tree()).toEqual(before);
    expect(kubeadmCalls(node)).toEqual([]);
    expect(node.calls().filter((call) => /rc-update|rc-service kubelet (start|stop)|apply/.test(call))).toEqual([]);

    const shared = await node.run("shared", sharedVariables, shell);
    expect(shared.result.changed).toEqual([]);
    expect(shared.conditions.get("ports")).toMatchObject({ state: "skipped", reason: "this node is finished already" });
    expect(node.tree()).toEqual(before);
  });

  test("minion.sh joins once; the second run changes nothing and says so", async () => {
    const node = await fitNode({ ...sharedVariables, AK8S_ROLE: "minion" });
    const first = await node.run("minion", minionVariables, shell);
    expect(first.stderr).toBe("");
    expect(first.code).toBe(0);
    expect(first.result.changed).toEqual(["kubelet-enabled", "join"]);
    expect(kubeadmCalls(node)).toEqual(["kubeadm join --config /run/alpine-k8s.N/kubeadm.yaml"]);
    expect(node.read("/etc/alpine-k8s/join.finished")).toBe(`${caHash}\n`);
    expect(leftovers(node)).toEqual([]);

    const before = node.tree();
    node.forgetCalls();
    const second = await node.run("minion", minionVariables, shell);
    expect(second.code).toBe(0);
    expect(second.result).toMatchObject({ changed: [], present: ["kubelet", "join"] });
    expect(node.tree()).toEqual(before);
    expect(kubeadmCalls(node)).toEqual([]);
  });
});

describe("secrets", () => {
  const secrets = [token, token.slice(7), "VGhlIGtleSBpdHNlbGY", Buffer.from(caKey).toString("base64").slice(0, 40)];

  /** Runs a script while every process list of this machine is read, again and again. */
  async function watched(
    node: FakeNode,
    name: ScriptName,
    variables: Variables,
  ): Promise<{ run: ScriptRun; seen: Set<string> }> {
    const seen = new Set<string>();
    const { finished } = node.launch(name, variables);
    let over = false;
    const run = finished.finally(() => (over = true));
    while (!over) {
      for (const pid of readdirSync("/proc")) {
        if (!/^\d+$/.test(pid)) continue;
        try {
          seen.add(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
        } catch {
          // It has ended meanwhile.
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return { run: await run, seen };
  }

  test.each([
    { name: "master" as const, variables: { ...masterVariables, AK8S_ENSURE_TOKEN: "1" } },
    { name: "minion" as const, variables: minionVariables },
  ])("$name shows none in argv, output or the environment of a program", async ({ name, variables }) => {
    const node = await fitNode();
    const { run, seen } = await watched(node, name, variables);
    expect(run.code).toBe(0);
    expect(seen.size).toBeGreaterThan(3);
    const everything = [...seen, run.stdout, run.stderr, node.read("/fake/calls"), node.read("/fake/environment")].join(
      "\n",
    );
    for (const secret of secrets) expect(everything).not.toContain(secret);
    if (name === "master") {
      expect(run.stdout).toContain("the token is [token]\n");
      expect(node.read("/fake/applied-secret")).toContain(`token-secret: "${token.slice(7)}"`);
      expect(run.result.changed).toContain("token");
    }
  });
});

describe("markers", () => {
  test("started, not finished, our CA: undone and done anew", async () => {
    const node = await fitNode();
    node.write("/etc/alpine-k8s/init.started", `${caHash}\n`);
    node.write("/etc/kubernetes/pki/ca.crt", caPem);
    node.write("/etc/kubernetes/manifests/etcd.yaml", "half\n");
    node.write("/var/lib/etcd/member/db", "half\n");
    node.write("/etc/cni/net.d/10-canal.conflist", "{}\n");
    node.write("/etc/cni/net.d/99-users.conf", "{}\n");
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(0);
    expect(run.result.changed).toEqual(["reset", "kubelet-enabled", "init"]);
    expect(kubeadmCalls(node)).toEqual([
      "kubeadm reset -f --cri-socket unix:///run/containerd/containerd.sock",
      "kubeadm init --config /run/alpine-k8s.N/kubeadm.yaml --skip-token-print",
    ]);
    expect(node.has("/etc/cni/net.d/10-canal.conflist")).toBe(false);
    expect(node.has("/etc/cni/net.d/99-users.conf")).toBe(true);
  });

  test("a marker that a power failure emptied is ours as long as the CA is", async () => {
    const node = await fitNode();
    node.write("/etc/alpine-k8s/init.started", "");
    expect((await node.run("master", masterVariables)).code).toBe(0);
    node.write("/etc/alpine-k8s/init.finished", "");
    node.forgetCalls();
    const again = await node.run("master", masterVariables);
    expect(again.result.present).toContain("init");
    expect(kubeadmCalls(node)).toEqual([]);
  });

  test.each([
    { what: "another hash, started", files: { "/etc/alpine-k8s/init.started": `${otherHash}\n` } },
    { what: "another hash, finished", files: { "/etc/alpine-k8s/join.finished": `${otherHash}\n` } },
    {
      what: "our hash, started, and another CA on the disk",
      files: {
        "/etc/alpine-k8s/init.started": `${caHash}\n`,
        "/etc/kubernetes/pki/ca.crt": caPem.replace("Tm90", "Tm9a"),
      },
    },
    {
      what: "kubeadm files and no marker",
      files: { "/etc/kubernetes/admin.conf": "x\n", "/etc/kubernetes/pki/ca.crt": "x\n" },
    },
  ])("foreign ($what): code 11, nothing changed", async ({ files }) => {
    const node = await fitNode();
    for (const [path, text] of Object.entries(files)) node.write(path, text);
    const before = node.tree();
    for (const [name, variables] of [
      ["master", masterVariables],
      ["minion", minionVariables],
      ["reset", sharedVariables],
    ] as const) {
      const run = await node.run(name, variables);
      expect(run.code).toBe(11);
      expect(run.stderr).toContain("alpine-k8s: other cluster: this node");
    }
    expect(node.tree()).toEqual(before);
    expect(kubeadmCalls(node)).toEqual([]);
  });

  test("no markers, but our CA: adopted as finished", async () => {
    const node = await fitNode();
    await node.run("master", masterVariables);
    node.remove("/etc/alpine-k8s/init.started");
    node.remove("/etc/alpine-k8s/init.finished");
    node.forgetCalls();
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(0);
    expect(run.result.changed).toEqual(["adopted"]);
    expect(kubeadmCalls(node)).toEqual([]);
    expect(node.read("/etc/alpine-k8s/init.finished")).toBe(`${caHash}\n`);
  });

  test("a minion is not made a master", async () => {
    const node = await fitNode();
    await node.run("minion", minionVariables);
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(11);
    expect(run.stderr).toContain(
      "role: this node is a minion of this cluster and was to become a master; remove it first",
    );
  });

  test("without a pin nothing is done", async () => {
    const node = await fitNode();
    const run = await node.run("minion", { ...minionVariables, AK8S_CA_HASH: "" });
    expect(run.code).toBe(10);
    expect(run.stderr).toBe("alpine-k8s: minion.sh: AK8S_CA_HASH must be set: joins are always pinned\n");
  });
});

describe("a finished master is never reset", () => {
  async function finishedMaster(): Promise<FakeNode> {
    const node = await fitNode();
    expect((await node.run("master", masterVariables)).code).toBe(0);
    node.forgetCalls();
    return node;
  }
  const etcd = "/var/lib/etcd/member/db";

  test("whose API is down: code 16 with words, the data as it was", async () => {
    const node = await finishedMaster();
    const before = node.tree();
    node.fake("api-down");
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(16);
    expect(run.stderr).toBe(
      "alpine-k8s: API: this master is finished and its API does not answer (nothing was reset) within 1 s; see 'crictl ps -a' and /var/log/pods\n",
    );
    expect(node.tree()).toEqual(before);
    expect(kubeadmCalls(node)).toEqual([]);
  });

  test("whose kubelet was stopped: started again", async () => {
    const node = await finishedMaster();
    const data = node.read(etcd);
    node.sh("rc-service kubelet stop");
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(0);
    expect(run.result.changed).toEqual(["kubelet-started"]);
    expect(node.read(etcd)).toBe(data);
  });

  test("whose kubelet service has crashed and is in no runlevel: zapped, started, enabled", async () => {
    const node = await finishedMaster();
    node.fake("crashed-kubelet");
    node.remove("/etc/runlevels/default/kubelet");
    const run = await node.run("master", { ...masterVariables, AK8S_KUBELET_WAIT: "5" });
    expect(run.code).toBe(0);
    expect(run.result.changed).toEqual(["kubelet-enabled", "kubelet-started"]);
  });

  test("whose kubelet stays sick: code 16 with the last lines of its log", async () => {
    const node = await finishedMaster();
    node.fake("kubelet-sick");
    node.write("/var/log/kubelet/kubelet.log", "one\ntwo\nno space left on device\n");
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(16);
    expect(run.stderr).toContain(
      "service started, healthz: wget: can't connect to remote host (127.0.0.1): Connection refused",
    );
    expect(run.stderr).toContain("last lines of /var/log/kubelet/kubelet.log: one; two; no space left on device");
    expect(node.has(etcd)).toBe(true);
  });

  test("the facts of a living master", async () => {
    const node = await finishedMaster();
    const check = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check" });
    expect(Object.fromEntries(check.facts)).toMatchObject({
      role: "master",
      state: "finished",
      ca_hash: caHash,
      runtime: "ready",
      kubelet_service: "started",
      kubelet_healthz: "ok",
      api: "ok",
    });
    node.fake("api-down");
    expect((await node.run("shared", { AK8S_MODE: "check" })).facts.get("api")).toBe("down");
  });
});

describe("failures", () => {
  test("kubeadm's preflight: code 13 with its words; the next run undoes and does it", async () => {
    const node = await fitNode();
    node.fake("preflight");
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(13);
    expect(run.stderr).toBe(
      "alpine-k8s: kubeadm init: code 1: error execution phase preflight: [preflight] Some fatal errors occurred:;  [ERROR NumCPU]: the number of available CPUs 1 is less than the required 2\n",
    );
    expect(node.read("/etc/alpine-k8s/init.started")).toBe(`${caHash}\n`);
    expect(node.has("/etc/alpine-k8s/init.finished")).toBe(false);
    expect(leftovers(node)).toEqual([]);
    node.remove("/fake/preflight");
    expect((await node.run("master", masterVariables)).code).toBe(0);
  });

  test.each([
    { name: "master" as const, variables: masterVariables },
    { name: "minion" as const, variables: minionVariables },
  ])("a kubelet that does not come up during $name: code 17 with its log", async ({ name, variables }) => {
    const node = await fitNode();
    node.fake("kubelet-sick");
    const run = await node.run(name, variables);
    expect(run.code).toBe(17);
    expect(run.stderr).toContain("failed to run Kubelet: no space left");
    expect(run.stderr).toContain("timed out");
  });

  test("an API that takes no connection: code 14, and kubeadm was not asked", async () => {
    const node = await fitNode();
    node.fake("api-down");
    const run = await node.run("minion", minionVariables);
    expect(run.code).toBe(14);
    expect(run.stderr).toBe(
      "alpine-k8s: API: api.demo.example.com:6443 takes no connection after 1 s; is the master up, and its address right in /etc/hosts?\n",
    );
    expect(kubeadmCalls(node)).toEqual([]);
    expect(node.has("/etc/alpine-k8s/join.started")).toBe(false);
  });

  test("an API that does not answer after init: code 14, and the master counts as finished", async () => {
    const node = await fitNode();
    node.fake("api-down");
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(14);
    expect(node.has("/etc/alpine-k8s/init.finished")).toBe(true);
  });

  test("a name that the cluster still believes to be ready is tried again", async () => {
    const node = await fitNode();
    node.fake("name-taken");
    const run = await node.run("minion", minionVariables);
    expect(run.code).toBe(0);
    expect(kubeadmCalls(node).map((call) => call.split(" ")[1])).toEqual(["join", "reset", "join"]);
  });

  test("no kubeadm: code 12", async () => {
    const node = await fitNode();
    node.remove("/fake/bin/kubeadm");
    const run = await node.run("minion", minionVariables);
    expect(run.code).toBe(12);
    expect(run.stderr).toBe("alpine-k8s: kubeadm: it is not there; run shared.sh first\n");
  });

  test.each([
    { name: "master" as const, variables: masterVariables },
    { name: "minion" as const, variables: minionVariables },
  ])("$name ended in the middle leaves no secret behind and is done anew", async ({ name, variables }) => {
    const node = await fitNode();
    node.fake("hang");
    const { pid, finished } = node.launch(name, variables);
    while (!node.has("/fake/hanging")) await new Promise((resolve) => setTimeout(resolve, 10));
    process.kill(-pid, "SIGTERM");
    const run = await finished;
    expect(run.result.failed).toEqual([`${name}.sh: ended early with code 143`]);
    expect(leftovers(node)).toEqual([]);
    expect(node.sh("ps | grep '[k]ubeadm.yaml' || echo none")).toBe("none\n");
    node.remove("/fake/hang");
    const again = await node.run(name, variables);
    expect(again.code).toBe(0);
    expect(again.result.changed[0]).toBe("reset");
  });
});

describe("folders of scripts that were killed", () => {
  const left = "/run/alpine-k8s.4194300";
  const living = "/run/alpine-k8s.1";
  const put = (node: FakeNode): void => {
    node.write(`${left}/kubeadm.yaml`, token, 0o600);
    node.write(`${living}/kubeadm.yaml`, "of a script that runs", 0o600);
  };

  test.each([
    { name: "shared" as const, variables: { AK8S_MODE: "check" } },
    { name: "master" as const, variables: { ...masterVariables, AK8S_CA_HASH: "" } },
    { name: "minion" as const, variables: { ...minionVariables, AK8S_CA_HASH: "" } },
    { name: "reset" as const, variables: {} },
  ])("$name removes them before it does anything, but none of a process that lives", async ({ name, variables }) => {
    const node = await FakeNode.start();
    nodes.push(node);
    put(node);
    await node.run(name, variables);
    expect(leftovers(node)).toEqual(["alpine-k8s.1"]);
  });

  test("a killed script's token is gone after the next run", async () => {
    const node = await fitNode();
    node.fake("hang");
    const { pid, finished } = node.launch("master", masterVariables);
    while (!node.has("/fake/hanging")) await new Promise((resolve) => setTimeout(resolve, 10));
    process.kill(-pid, "SIGKILL");
    await expect(finished).rejects.toThrow("the last line is no result");
    expect(leftovers(node)).toHaveLength(1);
    node.sh("kill $(pidof sleep) 2>/dev/null || :");
    node.remove("/fake/hang");
    expect((await node.run("minion", { ...minionVariables, AK8S_CA_HASH: "" })).code).toBe(10);
    expect(leftovers(node)).toEqual([]);
  });

  test("one under the script's own number is a dead script's, too", async () => {
    const node = await fitNode();
    for (let pid = 2; pid < 1000; pid++) node.write(`/run/alpine-k8s.${pid}/kubeadm.yaml`, token);
    const run = await node.run("master", masterVariables);
    expect(run.stderr).toBe("");
    expect(run.code).toBe(0);
  });

  test("a folder that cannot be made: code 10 and why", async () => {
    const node = await fitNode();
    node.write("/fake/prelude", `${node.read("/fake/prelude")}mkdir() { /fake/bin/mkdir "$@"; }\n`);
    node.write(
      "/fake/bin/mkdir",
      `#!/bin/sh\ncase "$*" in *run/alpine-k8s*) echo "mkdir: can't create directory: No space left on device" >&2; exit 1 ;; esac\nexec /bin/busybox mkdir "$@"\n`,
      0o755,
    );
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(10);
    expect(run.stderr).toMatch(
      /^alpine-k8s: \/run\/alpine-k8s\.\d+: mkdir: can't create directory: No space left on device\n$/,
    );
  });
});

test("daemons that the scripts start are in no process group of theirs", async () => {
  const node = await FakeNode.start();
  nodes.push(node);
  node.fake("daemons");
  expect((await node.run("shared", sharedVariables)).code).toBe(0);
  const { pid, finished } = node.launch("master", { ...masterVariables, AK8S_API_WAIT: "20" });
  node.fake("api-down");
  while (!node.has("/etc/alpine-k8s/init.finished")) await new Promise((resolve) => setTimeout(resolve, 10));
  await new Promise((resolve) => setTimeout(resolve, 100));
  process.kill(-pid, "SIGTERM");
  expect((await finished).result.failed).toEqual(["master.sh: ended early with code 143"]);
  expect(node.sh("ps | grep -c '[s]leep 99'")).toBe("2\n");
  node.remove("/fake/api-down");
  expect((await node.run("master", masterVariables)).result.changed).toEqual([]);
});

describe("the network manifest and the token", () => {
  const manifest = "/etc/alpine-k8s/network.yaml";
  const variables = { ...masterVariables, AK8S_NETWORK_MANIFEST: manifest, AK8S_API_WAIT: "5" };

  test("an API that stalls is asked again; a changed manifest is applied again", async () => {
    const node = await fitNode();
    node.write(manifest, "one\n");
    node.fake("stalls");
    expect((await node.run("master", variables)).result.changed).toContain("network");
    node.write(manifest, "two\n");
    expect((await node.run("master", variables)).result.changed).toEqual(["network"]);
    expect(node.read("/fake/applied")).toBe("one\ntwo\n");
    const check = await node.run("shared", { AK8S_MODE: "check" });
    expect(check.facts.get("network_sha256")).toBe(node.read("/etc/alpine-k8s/network.sha256").trim());
  });

  const applies = (node: FakeNode): number => node.calls().filter((call) => call.includes("network.yaml")).length;
  const invalid =
    'The DaemonSet "kube-flannel-ds" is invalid: spec.template.spec.containers[0].timeoutSeconds: Invalid value: -1';

  test.each([
    { what: "invalid", words: `namespace/kube-flannel serverside-applied\n${invalid}\n`, said: invalid },
    { what: "invalid beside a stall", words: `${invalid}\netcdserver: request timed out\n`, said: invalid },
    {
      what: "not YAML",
      words: "error: error parsing /etc/alpine-k8s/network.yaml: error converting YAML to JSON: yaml: line 3\n",
      said: "error: error parsing /etc/alpine-k8s/network.yaml: error converting YAML to JSON: yaml: line 3",
    },
    {
      what: "a bad request",
      words: 'Error from server (BadRequest): error when creating "x": strict decoding error: unknown field "sepc"\n',
      said: 'strict decoding error: unknown field "sepc"',
    },
    {
      what: "without a kind",
      words:
        'error: error validating "x": error validating data: kind not set; turn validation off with --validate=false\n',
      said: "kind not set",
    },
    { what: "empty", words: "error: no objects passed to apply\n", said: "error: no objects passed to apply" },
  ])("a manifest that is $what: code 18 at once, with kubectl's words", async ({ words, said }) => {
    const node = await fitNode();
    node.write(manifest, "one\n");
    node.fake("refusal", words);
    const run = await node.run("master", { ...variables, AK8S_API_WAIT: "60" });
    expect(run.code).toBe(18);
    expect(run.result.failed[0]).toContain("network: the API refuses the manifest: ");
    expect(run.result.failed[0]).toContain(said);
    expect(run.stderr).not.toContain("serverside-applied");
    expect(applies(node)).toBe(1);
    expect(node.has("/etc/alpine-k8s/network.sha256")).toBe(false);
  });

  const noKind =
    'resource mapping not found for name: "p" namespace: "" from "x": no matches for kind "IPPool" in version "crd.projectcalico.org/v1"\nensure CRDs are installed first\n';

  test("a kind that the API does not know: code 18 after a tenth of the time for the API", async () => {
    const node = await fitNode();
    node.write(manifest, "one\n");
    node.fake("refusal", noKind);
    const run = await node.run("master", { ...variables, AK8S_API_WAIT: "20" });
    expect(run.code).toBe(18);
    expect(run.stderr).toContain('no matches for kind "IPPool" in version');
    expect(applies(node)).toBeGreaterThan(2);
  });

  test("a kind that comes within that time is no failure", async () => {
    const node = await fitNode();
    node.write(manifest, "one\n");
    node.fake("refuses-once", noKind);
    const run = await node.run("master", { ...variables, AK8S_API_WAIT: "20" });
    expect(run.code).toBe(0);
    expect(node.read("/fake/applied")).toBe("one\n");
  });

  test.each([
    "The connection to the server api.demo.example.com:6443 was refused - did you specify the right host or port?",
    'error: error validating "x": error validating data: failed to download openapi: Get "https://api:6443/openapi/v2": x509: unknown authority; if you choose to ignore these errors, turn validation off',
    'Error from server (InternalError): Internal error occurred: failed calling webhook "x": context deadline exceeded',
  ])("a stall is asked again until the time is over, then code 14: %s", async (words) => {
    const node = await fitNode();
    node.write(manifest, "one\n");
    node.fake("refusal", `${words}\n`);
    const run = await node.run("master", { ...variables, AK8S_API_WAIT: "2" });
    expect(run.code).toBe(14);
    expect(run.result.failed[0]).toContain(`network: the manifest could not be applied within 2 s: ${words}`);
    expect(applies(node)).toBeGreaterThan(2);
  });

  test("without kubectl on the node both are left to the caller, with a warning", async () => {
    const node = await fitNode();
    node.write(manifest, "one\n");
    node.remove("/fake/bin/kubectl");
    node.sh("nc -ll -p 6443 >/dev/null 2>&1 </dev/null & echo $! >/fake/listener; usleep 100000");
    const run = await node.run("master", { ...variables, AK8S_ENSURE_TOKEN: "1" });
    node.sh("kill $(cat /fake/listener)");
    expect(run.code).toBe(0);
    expect(run.result.warnings).toEqual([
      "token: no kubectl on this node; 'alpine-k8s up' makes the token through the API",
      "network: no kubectl on this node; 'alpine-k8s up' applies the manifest through the API",
    ]);
  });

  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const secretOf = (secret: string, expiry: string): string => `${base64(secret)} ${base64(expiry)}`;
  // The fakes' clock stands at 2027-01-15T08:00:00Z.
  test.each([
    { what: "absent", found: "", changed: true },
    { what: "good for two hours", found: secretOf(token.slice(7), "2027-01-15T10:00:00Z"), changed: false },
    { what: "good until after midnight", found: secretOf(token.slice(7), "2027-01-16T00:00:01Z"), changed: false },
    { what: "about to expire", found: secretOf(token.slice(7), "2027-01-15T08:09:00Z"), changed: true },
    { what: "expired", found: secretOf(token.slice(7), "2027-01-14T10:00:00Z"), changed: true },
    { what: "another secret", found: secretOf("ffffffffffffffff", "2027-01-15T10:00:00Z"), changed: true },
  ])("a token that is $what", async ({ found, changed }) => {
    const node = await fitNode();
    expect((await node.run("master", masterVariables)).code).toBe(0);
    if (found !== "") node.fake("secret", found);
    const run = await node.run("master", { ...masterVariables, AK8S_ENSURE_TOKEN: "1" });
    expect(run.code).toBe(0);
    expect(run.result.changed).toEqual(changed ? ["token"] : []);
    if (changed) expect(node.read("/fake/applied-secret")).toContain('expiration: "2027-01-15T10:00:00Z"');
  });
});

describe("reset.sh", () => {
  const variables = { ...sharedVariables, AK8S_CA_FINGERPRINT: caFingerprint };

  test("takes a node out, leaves what is not ours, and does nothing the second time", async () => {
    const node = await fitNode();
    node.write("/etc/alpine-k8s/notice", "kept\n");
    node.write("/etc/cni/net.d/10-flannel.conflist", "{}\n");
    expect((await node.run("master", masterVariables)).code).toBe(0);
    const run = await node.run("reset", variables);
    expect(run.stderr).toBe("");
    expect(run.code).toBe(0);
    expect(run.result.changed).toEqual([
      "kubeadm-reset",
      "kubelet-runlevel",
      "alpine-k8s-node-runlevel",
      "boot-service",
      "cni-files",
      "hosts-endpoint",
      "markers",
    ]);
    expect(node.read("/etc/hosts")).toBe(
      "127.0.0.1 localhost\n::1 localhost\n10.250.250.2 master1.example.com master1\n",
    );
    expect(readdirSync(`${node.root}/etc/alpine-k8s`)).toEqual(["notice"]);
    expect(node.has("/var/lib/etcd")).toBe(false);

    const before = node.tree();
    const again = await node.run("reset", variables);
    expect(again.code).toBe(0);
    expect(again.result).toMatchObject({ changed: [], present: ["clean"] });
    expect(node.tree()).toEqual(before);

    expect((await node.run("shared", sharedVariables)).code).toBe(0);
    expect((await node.run("minion", minionVariables)).code).toBe(0);
  });

  test("takes the proxy away from the runtime, which is restarted only then", async () => {
    const proxied = { ...sharedVariables, AK8S_HTTP_PROXY: "http://proxy.example.com:3128" };
    const node = await FakeNode.start();
    nodes.push(node);
    node.write("/etc/conf.d/containerd", "# own\nrc_ulimit=1\n");
    expect((await node.run("shared", proxied)).code).toBe(0);
    expect(node.read("/etc/conf.d/containerd")).toContain("export HTTP_PROXY='http://proxy.example.com:3128'");
    node.forgetCalls();
    const restarts = (): string[] => node.calls().filter((call) => call === "rc-service containerd restart");
    const run = await node.run("reset", variables);
    expect(run.code).toBe(0);
    expect(run.result.changed).toContain("proxy");
    expect(node.read("/etc/conf.d/containerd")).toBe("# own\nrc_ulimit=1\n");
    expect(restarts()).toHaveLength(1);
    const again = await node.run("reset", variables);
    expect(again.result).toMatchObject({ changed: [], present: ["clean"] });
    expect(restarts()).toHaveLength(1);
  });

  test("takes the proxy away from a runtime that is stopped, and leaves it stopped", async () => {
    const node = await FakeNode.start();
    nodes.push(node);
    node.write(
      "/etc/conf.d/containerd",
      "# alpine-k8s proxy begin\nexport HTTP_PROXY='x'\n# alpine-k8s proxy end\nown=1",
    );
    const run = await node.run("reset", variables);
    expect(run.result.changed).toEqual(["proxy"]);
    expect(node.read("/etc/conf.d/containerd")).toBe("own=1\n");
    expect(node.calls()).toEqual([]);
  });

  test("takes Kubernetes' rules out of iptables and puts all others back", async () => {
    const node = await fitNode();
    const own = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n";
    node.fake(
      "rules",
      own.replace("-A INPUT", ":KUBE-SERVICES - [0:0]\n-A INPUT -j KUBE-SERVICES\n-A INPUT -j cali-INPUT\n-A INPUT"),
    );
    node.write("/fake/bin/iptables-save", "#!/bin/sh\n. /fake/lib\ncat /fake/rules\n", 0o755);
    node.write("/fake/bin/iptables-restore", "#!/bin/sh\n. /fake/lib\ncat >/fake/restored\n", 0o755);
    const run = await node.run("reset", variables);
    expect(run.result.changed).toContain("iptables-restore");
    expect(node.read("/fake/restored")).toBe(own);
  });
});
