import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { condition, type FakeNode } from "./node.js";
import { sharedVariables, type Variables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { freshNode } = useNodes();

describe.each(["ash", "dash"] as const)("shared.sh under %s", (shell) => {
  test("makes a bare node fit, and the second run changes nothing and says so", async () => {
    const node = await freshNode();
    const first = await node.run("shared", sharedVariables, shell);
    expect(first.stderr).toBe("");
    expect(first.code).toBe(0);
    expect(first.result.warnings).toEqual([]);
    expect(first.result.changed).toEqual([
      "hostname",
      "hosts-own-name",
      "hosts-endpoint",
      "boot-service",
      "cgroups",
      "machine-id",
      "cni-dirs",
      "runtime-config",
      "runtime",
      "kubelet-service",
    ]);
    expect(node.read("/etc/hosts")).toBe(
      "127.0.0.1 localhost\n::1 localhost\n10.250.250.2 master1.example.com master1\n10.250.250.2 api.demo.example.com\n",
    );
    expect(node.sh("hostname")).toBe("master1\n");

    const before = node.tree();
    node.forgetCalls();
    const second = await node.run("shared", sharedVariables, shell);
    expect(second.code).toBe(0);
    expect(second.result.changed).toEqual([]);
    expect(second.result.present).toHaveLength(29);
    expect(node.tree()).toEqual(before);
    expect(node.calls().filter((call) => /^rc-|^apk|^kubeadm config/.test(call))).toEqual([]);
  });
});

test("a hosts file that does not know localhost gets it, as kubelet and kubeadm look nowhere else", async () => {
  const node = await freshNode();
  node.write("/etc/hosts", "192.0.2.1 registry.example.net");
  const checked = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check" });
  expect(condition(checked, "hosts-own-name")).toBe(
    "fatal unmet /etc/hosts has no line '127.0.0.1 localhost', which kubelet and kubeadm need",
  );
  expect((await node.run("shared", sharedVariables)).code).toBe(0);
  expect(node.read("/etc/hosts")).toBe(
    "127.0.0.1 localhost localhost.localdomain\n::1 localhost localhost.localdomain\n192.0.2.1 registry.example.net\n" +
      "10.250.250.2 master1.example.com master1\n10.250.250.2 api.demo.example.com\n",
  );
  expect((await node.run("shared", sharedVariables)).result.changed).toEqual([]);
});

describe("shared.sh in check mode", () => {
  test("tells facts and conditions of a bare node and changes nothing", async () => {
    const node = await freshNode();
    node.write("/etc/alpine-k8s/notice", "first line\nsecond line\n");
    const before = node.tree();
    const run = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check" });
    expect(run.code).toBe(0);
    expect(node.tree()).toEqual(before);
    expect(node.sh("hostname")).toBe("alpine\n");
    expect(condition(run, "hostname")).toBe("fatal unmet it is alpine, wanted master1");
    expect(condition(run, "hosts-own-name")).toBe(
      "fatal unmet /etc/hosts has '127.0.2.1 master1.example.com master1', wanted '10.250.250.2 master1.example.com master1'",
    );
    expect(run.result.failed).toEqual([]);
    const facts = Object.fromEntries(run.facts);
    expect(Number(facts["since_boot"])).toBeLessThanOrEqual(Number(facts["uptime"]));
    expect(facts).toEqual({
      since_boot: expect.stringMatching(/^\d+$/) as string,
      os: "3.24.1",
      arch: expect.stringMatching(/^\w+$/) as string,
      cpus: "2",
      memory_kib: "2097152",
      clock: "1800000000",
      uptime: expect.stringMatching(/^\d+\.\d\d$/) as string,
      container: "none",
      machine_id: "none",
      product_uuid: "11111111-2222-3333-4444-555555555555",
      kubeadm: "v1.36.1",
      kubelet: "v1.36.1",
      kubelet_service: "stopped",
      kubelet_healthz: "not running",
      role: "none",
      state: "clean",
      network_rest: "none",
      api: "none",
      certificate_renewal: "none",
      notice: "first line\nsecond line",
    });
  });

  test("needs no variable at all, and then leaves alone what it cannot ask", async () => {
    const node = await freshNode();
    const run = await node.run("shared", { AK8S_MODE: "check" });
    expect(run.code).toBe(0);
    expect(run.stderr).toBe("");
    expect(condition(run, "address")).toBe("fatal skipped no address was asked for");
    expect(condition(run, "hosts-endpoint")).toBe("fatal skipped no endpoint was asked for");
    expect(condition(run, "kubernetes-version")).toBe("fatal ok kubeadm v1.36.1, kubelet v1.36.1");
  });

  test("a mode that is none is refused", async () => {
    const node = await freshNode();
    const run = await node.run("shared", { AK8S_MODE: "chekc" });
    expect(run.code).toBe(10);
    expect(run.stderr).toBe("alpine-k8s: AK8S_MODE: it is 'chekc', wanted apply or check\n");
  });
});

describe("the versions of kubeadm and kubelet", () => {
  const look = { ...sharedVariables, AK8S_MODE: "check" };
  const asked = (node: FakeNode): string[] =>
    node.calls().filter((call) => /^kubeadm version|^kubelet --version/.test(call));

  test("are not asked again while their files are the same", async () => {
    const node = await freshNode();
    expect((await node.run("shared", look)).facts.get("kubeadm")).toBe("v1.36.1");
    expect(asked(node)).toHaveLength(2);
    expect(node.has("/etc/alpine-k8s/versions")).toBe(false);
    expect((await node.run("shared", sharedVariables)).code).toBe(0);
    node.forgetCalls();
    const known = await node.run("shared", look);
    expect([known.facts.get("kubeadm"), known.facts.get("kubelet")]).toEqual(["v1.36.1", "v1.36.1"]);
    expect(asked(node)).toEqual([]);
  });

  test.each([
    ["a file of another time", "touch -d 2001-01-01 /fake/bin/kubelet"],
    ["a file put back with its time", "cp -p /fake/bin/kubelet /fake/k && mv /fake/k /fake/bin/kubelet"],
    ["what was kept is cut off", "printf x >/etc/alpine-k8s/versions"],
  ])("are asked again: %s", async (_, change) => {
    const node = await freshNode();
    expect((await node.run("shared", sharedVariables)).code).toBe(0);
    node.fake("kubelet-version", "v1.36.4\n");
    node.sh(change);
    expect((await node.run("shared", look)).facts.get("kubelet")).toBe("v1.36.4");
  });
});

describe("the time, given ten seconds before the script begins", () => {
  const uptime = (): number => Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  const given = (): Variables => ({
    ...sharedVariables,
    AK8S_CLOCK_EPOCH: "1800000000",
    AK8S_CLOCK_UPTIME: (uptime() - 10).toFixed(2),
  });

  test("leaves a right clock alone", async () => {
    const node = await freshNode();
    node.fake("clock", "1800000010\n");
    const run = await node.run("shared", given());
    expect(condition(run, "clock")).toMatch(/^fatal ok -?[01] s from the right time$/);
    expect(node.read("/fake/clock")).toBe("1800000010\n");
  });

  test("sets a wrong clock to the time that it is by then", async () => {
    const node = await freshNode();
    node.fake("clock", "1700000000\n");
    const variables = given();
    const before = uptime();
    const run = await node.run("shared", variables);
    expect(condition(run, "clock")).toMatch(/^fatal fixed 0 s from the right time$/);
    const set = Number(node.read("/fake/clock")) - 1_800_000_010;
    expect(set).toBeGreaterThanOrEqual(0);
    expect(set).toBeLessThanOrEqual(Math.ceil(uptime() - before));
  });
});

describe("the address", () => {
  const gone = (node: FakeNode): string => node.sh("ip addr del 10.250.250.2/24 dev lo");

  test("is only looked at when it has another owner", async () => {
    const node = await freshNode();
    gone(node);
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(10);
    expect(run.result.failed).toEqual([
      "address: 10.250.250.2 is on no interface; there are: lo 127.0.0.1/8; lo 10.0.2.15/24 (it is set by its owner (vagrant), not by this script)",
    ]);
  });

  test("is written for the one card without an address when it is ours", async () => {
    const node = await freshNode();
    gone(node);
    node.write("/etc/network/interfaces", "auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp");
    const run = await node.run("shared", { ...sharedVariables, AK8S_ADDRESS_OWNER: "us" });
    expect(run.stderr).toBe("");
    expect(run.code).toBe(0);
    expect(run.result.changed[0]).toBe("address");
    expect(node.read("/etc/network/interfaces")).toBe(
      "auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp\n# alpine-k8s begin\nauto eth1\niface eth1 inet static\n\taddress 10.250.250.2\n\tnetmask 255.255.255.0\n# alpine-k8s end\n",
    );
  });

  test("is not guessed when two cards have none", async () => {
    const node = await freshNode();
    gone(node);
    const run = await node.run("shared", { ...sharedVariables, AK8S_ADDRESS_OWNER: "us" });
    expect(run.code).toBe(10);
    expect(run.result.failed[0]).toContain("it wants exactly one card without an address, there are 2: eth0 eth1");
  });
});
