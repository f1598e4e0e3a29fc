import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sharedVariables } from "../../src/alpine/variables.js";
import { type ClusterFiles, renderClusterFiles } from "../../src/templates/cluster-files.js";
import { callsOf, evaluate, folderWith, installed, provisionersOf, runShell } from "./evaluate.js";
import { plainSpec, testTemplates, threeMastersOn, topologyOn } from "./inputs.js";

const files = (): ClusterFiles =>
  renderClusterFiles({ topology: threeMastersOn("libvirt"), spec: plainSpec, orphans: [] }, testTemplates);
const names = ["master1", "master2", "master3", "minion1", "minion2"];

describe("the Vagrantfile of a cluster with several masters", () => {
  it("is the golden one", async () => {
    await expect(files().Vagrantfile).toMatchFileSnapshot("../golden/vagrantfile/three-masters.rb");
  });

  it.each([
    ["master2", false],
    ["big", false],
    ["minion7", true],
  ])("is meant, too, when %s exists outside the spec and may be a master", (orphan, joins) => {
    const input = { topology: topologyOn("libvirt"), spec: plainSpec, orphans: [orphan] };
    const { Vagrantfile } = renderClusterFiles(input, testTemplates);
    expect(Vagrantfile.includes('script = "#{spec[:role]}.sh"')).toBe(joins);
  });

  it("runs no kubeadm and reads no secret", () => {
    const { Vagrantfile } = files();
    for (const word of ["master.sh", "minion.sh", "cluster-token", "ca.key", "AK8S_TOKEN"]) {
      expect(Vagrantfile).not.toContain(word);
    }
  });
});

describe.runIf(installed("ruby"))("read by Ruby, it", () => {
  it("is valid, without a warning", () => {
    const checked = spawnSync("ruby", ["-wc"], { input: files().Vagrantfile, encoding: "utf8" });
    expect([checked.stdout, checked.stderr]).toEqual(["Syntax OK\n", ""]);
  });

  it("makes every machine fit to be a node, and says what joins them", () => {
    const folder = folderWith(files());
    expect(callsOf(evaluate(folder), "vm", "define").map(([name]) => name)).toEqual(names);
    for (const name of names) {
      const [shared, next, ...more] = provisionersOf(folder, name);
      expect(shared).toMatchObject({
        path: "shared.sh",
        env: { AK8S_NODE_NAME: name, AK8S_ENDPOINT_ADDRESS: "10.250.250.2,10.250.250.3,10.250.250.4" },
      });
      expect(runShell(next?.inline ?? "").stdout).toBe(
        `alpine-k8s: ${name} is fit to be a node. With several masters the nodes are joined by: alpine-k8s up\n`,
      );
      expect(more).toEqual([]);
    }
  });

  it("tells nodes the same as the command line tool does over ssh", () => {
    const topology = threeMastersOn("libvirt");
    const node = topology.nodes.find(({ name }) => name === "master2");
    if (!node) throw new Error("the test's topology has no master2");
    const [shared] = provisionersOf(folderWith(files()), "master2");
    const overSsh = sharedVariables({
      topology,
      spec: plainSpec,
      node,
      caFingerprint: shared?.env?.["AK8S_CA_FINGERPRINT"] ?? "",
    });
    const { AK8S_CLOCK_EPOCH, AK8S_SSH_USER, AK8S_SSH_PUBLIC_KEY, ...expected } = overSsh;
    expect([AK8S_CLOCK_EPOCH, AK8S_SSH_USER, AK8S_SSH_PUBLIC_KEY]).toEqual(["", "", ""]);
    expect(shared?.env).toMatchObject(expected);
  });

  it("needs neither token nor key, and says so when it lacks what it needs", () => {
    const folder = folderWith(files());
    for (const name of ["cluster-token", ".alpine-k8s/pki/ca.key", ".alpine-k8s/kubeadm"]) {
      rmSync(join(folder, name), { recursive: true });
    }
    expect(provisionersOf(folder, "master1")).toHaveLength(2);
    expect(callsOf(evaluate(folder), "vagrant", "sensitive=")).toEqual([[[]]]);
    rmSync(join(folder, ".alpine-k8s/pki/ca.crt"));
    const [only, ...more] = provisionersOf(folder, "master1");
    expect(more).toEqual([]);
    expect(runShell(only?.inline ?? "").stderr).toContain(
      `master1 cannot be provisioned: missing in ${folder}: .alpine-k8s/pki/ca.crt. Type`,
    );
  });
});
