import { describe, expect, test } from "vitest";
import {
  ANEW,
  certificates,
  certsVariables,
  makeLivingMaster,
  MANIFEST,
  PROGRAMS,
  renewals,
  restarted,
  SAVED,
} from "./living-master.js";
import type { FakeNode } from "./node.js";
import { caPem } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { freshNode } = useNodes();
const livingMaster = async (): Promise<FakeNode> => makeLivingMaster(await freshNode());

describe.each(["ash", "dash"] as const)("certs.sh under %s", (shell) => {
  test("renews; etcd and the API go on, the other two begin anew and lead; leaves nothing behind", async () => {
    const node = await livingMaster();
    const data = node.read("/var/lib/etcd/member/db");
    const run = await node.run("certs", certsVariables, shell);
    expect(run.stderr).toBe("");
    expect(run.code).toBe(0);
    expect(run.result).toMatchObject({
      script: "certs",
      changed: ["certificates", ...Object.keys(ANEW)],
      warnings: [],
      failed: [],
    });
    for (const text of Object.values(certificates(node))) expect(text).toMatch(/^renewed by \d+\n$/);
    expect(restarted(node)).toEqual(Object.keys(ANEW));
    expect(PROGRAMS.map((name) => node.read(`/fake/containers/${name}`))).toEqual([
      ...["etcd-1\n", "kube-apiserver-1\n"],
      ...["kube-controller-manager-1-next\n", "kube-scheduler-1-next\n"],
    ]);
    for (const name of Object.keys(ANEW)) expect(node.read(`/fake/leases/${name}`)).toBe("master1_new");
    expect(node.has(SAVED)).toBe(false);
    expect(node.has(`${SAVED}.new`)).toBe(false);
    expect(node.read("/var/lib/etcd/member/db")).toBe(data);
    expect(node.read("/etc/kubernetes/pki/ca.crt")).toBe(caPem);
    expect(node.read("/etc/kubernetes/pki/etcd/ca.key")).toBe("of a CA\n");
  });
});

describe("certs.sh and the pod that carries the masters' address", () => {
  const CARRIER = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-vip\n  namespace: kube-system\nspec: {}\n";
  const withCarrier = async (): Promise<FakeNode> => {
    const node = await livingMaster();
    node.write("/etc/kubernetes/manifests/kube-vip.yaml", CARRIER);
    node.write("/etc/alpine-k8s/virtual-address", "10.250.250.9\n");
    node.write("/fake/containers/kube-vip", "kube-vip-1\n");
    return node;
  };

  test.each(["ash", "dash"] as const)(
    "under %s: it begins anew, last, as it has read the old admin.conf",
    async (shell) => {
      const node = await withCarrier();
      const run = await node.run("certs", certsVariables, shell);
      expect([run.code, run.stderr, run.result?.warnings]).toEqual([0, "", []]);
      expect(run.result?.changed).toEqual(["certificates", ...Object.keys(ANEW), "virtual-pod"]);
      expect(restarted(node)).toEqual([...Object.keys(ANEW), "kube-vip"]);
      expect(node.read("/fake/containers/kube-vip")).toBe("kube-vip-1-next\n");
      expect(node.has(SAVED)).toBe(false);
    },
  );

  test("one that does not run is left to the kubelet", async () => {
    const node = await withCarrier();
    node.remove("/fake/containers/kube-vip");
    const run = await node.run("certs", certsVariables);
    expect([run.code, run.result?.warnings]).toEqual([0, []]);
    expect(restarted(node)).toEqual(Object.keys(ANEW));
  });

  test("one that stays away is a warning: the certificates are renewed", async () => {
    const node = await withCarrier();
    // The others are there at once.
    node.write("/fake/stays-away-kube-vip", "");
    const run = await node.run("certs", certsVariables);
    expect([run.code, run.result?.warnings]).toEqual([
      0,
      ["virtual-pod: the kubelet has not started it again within 3 s"],
    ]);
    expect(node.has(SAVED)).toBe(false);
  });
});

describe("certs.sh", () => {
  test("one that does not come back: code 14 names it; the next run goes on", async () => {
    const node = await livingMaster();
    node.fake("stays-away");
    const run = await node.run("certs", certsVariables);
    expect(run.code).toBe(14);
    expect(run.stderr).toBe(
      "alpine-k8s: kube-controller-manager: renewed, but it is not ready after 3 s: the kubelet has not started it again; see 'crictl ps -a' and /var/log/pods; the next run continues\n",
    );
    expect(node.has(SAVED)).toBe(true);
    node.remove("/fake/stays-away");
    for (const name of Object.keys(ANEW)) node.write(`/fake/containers/${name}`, `${name}-9\n`);
    expect((await node.run("certs", certsVariables)).code).toBe(0);
    expect(renewals(node)).toBe(2);
  });

  test("a runtime that refuses: code 14 with its words", async () => {
    const node = await livingMaster();
    node.fake("runtime-refuses");
    const run = await node.run("certs", certsVariables);
    expect(run.code).toBe(14);
    expect(run.stderr).toContain("stopping the pod sandbox: context deadline exceeded");
    expect(node.read("/fake/leases/kube-scheduler")).toBe("master1_old");
  });

  test("says on the way what it waits for, each reason once", async () => {
    const node = await livingMaster();
    node.fake("unwell");
    const run = await node.run("certs", certsVariables);
    expect(run.code).toBe(0);
    expect(run.stdout.split("\n").filter((line) => line.startsWith("waiting"))).toEqual([
      "waiting for kube-controller-manager: the kubelet has not started it again yet",
      "waiting for kube-controller-manager: https://127.0.0.1:10257/healthz does not say ok yet",
      "waiting for kube-controller-manager: nobody has taken its lease yet",
      "waiting for kube-scheduler: the kubelet has not started it again yet",
      "waiting for kube-scheduler: nobody has taken its lease yet",
    ]);
  });

  test("a lease that another master holds stays with it, as does one that nobody asks for", async () => {
    const node = await livingMaster();
    node.write("/fake/leases/kube-scheduler", "master2_its-own");
    node.write(
      "/etc/kubernetes/manifests/kube-controller-manager.yaml",
      MANIFEST.replace("leader-elect=true", "leader-elect=false"),
    );
    expect((await node.run("certs", certsVariables)).code).toBe(0);
    expect(node.read("/fake/leases/kube-scheduler")).toBe("master2_its-own");
    expect(node.read("/fake/leases/kube-controller-manager")).toBe("master1_old");
  });

  test("asks them where their manifests say", async () => {
    const node = await livingMaster();
    for (const name of Object.keys(ANEW)) node.remove(`/fake/healthz/127.0.0.1:${ANEW[name as keyof typeof ANEW]}`);
    const manifest = (name: string, ...flags: string[]): void =>
      node.write(`/etc/kubernetes/manifests/${name}.yaml`, MANIFEST + flags.map((flag) => `    - ${flag}\n`).join(""));
    manifest("kube-controller-manager", "--bind-address=fd00::2", "--secure-port=20257");
    manifest("kube-scheduler", "--bind-address=0.0.0.0");
    node.write("/fake/healthz/[fd00::2]:20257", "kube-controller-manager");
    node.write("/fake/healthz/127.0.0.1:10259", "kube-scheduler");
    expect((await node.run("certs", certsVariables)).code).toBe(0);
  });

  test("without kubectl, new containers and a listener on the API's port are enough", async () => {
    const node = await livingMaster();
    node.remove("/fake/bin/kubectl");
    node.sh("nc -l -p 6443 >/dev/null 2>&1 </dev/null & echo $! >/fake/listener; usleep 100000");
    const run = await node.run("certs", certsVariables);
    node.sh("kill $(cat /fake/listener)");
    expect(run.code).toBe(0);
    expect(restarted(node)).toEqual(Object.keys(ANEW));
    expect(node.read("/fake/leases/kube-scheduler")).toBe("master1_old");
  });

  test("killed while one is replaced: the next run renews again, and all run anew", async () => {
    const node = await livingMaster();
    node.fake("cut-short");
    await node.run("certs", certsVariables).catch(() => undefined);
    expect(restarted(node)).toEqual(["kube-controller-manager"]);
    expect(node.has(SAVED)).toBe(true);
    expect((await node.run("certs", certsVariables)).code).toBe(0);
    expect(renewals(node)).toBe(2);
    expect(node.read("/fake/containers/kube-scheduler")).toBe("kube-scheduler-1-next\n");
    expect(node.has(SAVED)).toBe(false);
  });

  test("one that crashes over and over is not waited for: the kubelet is restarted", async () => {
    const node = await livingMaster();
    node.remove("/fake/containers/kube-scheduler");
    const { finished } = node.launch("certs", { ...certsVariables, AK8S_API_WAIT: "10" });
    while (!node.calls().includes("rc-service kubelet restart"))
      await new Promise((resolve) => setTimeout(resolve, 20));
    node.write("/fake/containers/kube-scheduler", "kube-scheduler-2\n");
    const run = await finished;
    expect(run.code).toBe(0);
    expect(run.result.changed).toContain("kube-scheduler");
    expect(restarted(node)).toEqual(["kube-controller-manager"]);
  });

  test("an API whose certificate has expired is restarted", async () => {
    const node = await livingMaster();
    node.fake("expired");
    const run = await node.run("certs", { ...certsVariables, AK8S_API_WAIT: "10" });
    expect(run.code).toBe(0);
    expect(run.stdout).toContain("the API does not answer with the new certificates; it is restarted\n");
    expect(run.result.changed).toEqual(["certificates", "kube-apiserver", ...Object.keys(ANEW)]);
    expect(restarted(node)).toEqual(["kube-apiserver", ...Object.keys(ANEW)]);
  });

  test("an API that stays away: code 14; a sick kubelet: code 16; both keep what was saved", async () => {
    const node = await livingMaster();
    node.fake("api-down");
    const api = await node.run("certs", certsVariables);
    expect(api.code).toBe(14);
    expect(api.stderr).toContain("API: the certificates are renewed, and the API does not answer within 3 s");
    node.remove("/fake/api-down");
    node.fake("kubelet-sick");
    const sick = await node.run("certs", { ...certsVariables, AK8S_KUBELET_WAIT: "1" });
    expect(sick.code).toBe(16);
    expect(sick.stderr).toContain("the kubelet that has to restart the control plane is not healthy: service started");
    expect(node.has(SAVED)).toBe(true);
  });
});
