import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { practiceImage, practiceNode, type PracticeNode } from "./support.js";

describe("crictl", () => {
  let image: string;
  let node: PracticeNode;
  beforeAll(async () => {
    image = practiceImage();
    node = await practiceNode(image);
  });
  afterAll(() => {
    node.dispose();
    rmSync(image, { recursive: true });
  });

  it("fails while the runtime is down", async () => {
    const ran = await node.run("crictl", ["info"]);
    expect(ran.stderr).toContain("validate service connection");
    expect(ran.code).toBe(1);
  });

  it("reports the runtime, and the network once its configuration is there", async () => {
    await node.startRuntime();
    const before = await node.run("crictl", ["info"]);
    expect(before.stdout).toContain("cni plugin not initialized");
    node.write("etc/cni/net.d/10-x.conflist", '{"name": "x", "plugins": []}');
    expect((await node.run("crictl", ["info"])).stdout).not.toContain("cni plugin not initialized");
    expect((await node.run("crictl", ["version"])).stdout).toContain("RuntimeName:  containerd");
    expect((await node.run("crictl", ["images"])).stdout).toContain("registry.k8s.io/pause");
    expect((await node.run("crictl", ["ps"])).stdout).toMatch(/^CONTAINER/);
  });

  it("follows /etc/crictl.yaml and refuses what it does not know", async () => {
    node.write("etc/crictl.yaml", "runtime-endpoint: unix:///run/other.sock\n");
    expect((await node.run("crictl", ["info"])).stderr).toContain("/run/other.sock");
    rmSync(`${node.root}/etc/crictl.yaml`);
    expect((await node.run("crictl", ["nonsense"])).stderr).toContain('No help topic for "nonsense"');
    expect((await node.run("crictl", ["--nonsense"])).stderr).toContain("unknown flag: --nonsense");
  });
});
