import { rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { practiceImage, practiceNode, type PracticeNode } from "./support.js";

describe("containerd", () => {
  let image: string;
  let node: PracticeNode;
  beforeAll(() => {
    image = practiceImage();
  });
  afterAll(() => {
    rmSync(image, { recursive: true });
  });
  beforeEach(async () => {
    node = await practiceNode(image);
  });
  afterEach(() => {
    node.dispose();
  });

  it("says its version and prints a default configuration that it accepts", async () => {
    expect((await node.run("containerd", ["--version"])).stdout).toContain("+practice");
    const printed = await node.run("containerd", ["config", "default"]);
    expect(printed.stdout).toContain("version = 3\n");
    expect(printed.stdout).toContain("bin_dirs = ['/opt/cni/bin']");
    expect(printed.stdout).toContain("sandbox = 'registry.k8s.io/pause:");
    node.write("etc/containerd/config.toml", printed.stdout);
    expect((await node.run("containerd", ["config", "dump"])).code).toBe(0);
  });

  it.each([
    ["broken TOML", "version = 3\n[plugins\n", "failed to load TOML from /etc/containerd/config.toml"],
    [
      "a version that is too new",
      "version = 4\n",
      "expected containerd config version equal to or less than `3`, got `4`",
    ],
    ["a file without version", "[plugins]\n", "unsupported config version"],
  ])("does not start with %s", async (_, text, message) => {
    node.write("etc/containerd/config.toml", text);
    const ran = await node.run("containerd", []);
    expect(ran.stderr).toContain(message);
    expect(ran.code).toBe(1);
  });

  it("serves its settings and leaves no socket behind", async () => {
    node.write(
      "etc/containerd/config.toml",
      "version = 3\n[plugins.'io.containerd.cri.v1.images'.pinned_images]\nsandbox = 'registry.k8s.io/pause:3.10.2'\n",
    );
    await node.startRuntime();
    expect((await node.run("crictl", ["info"])).stdout).toContain('"sandboxImage": "registry.k8s.io/pause:3.10.2"');
    node.stopRuntime();
    await expect.poll(() => node.has("run/containerd/containerd.sock")).toBe(false);
  });

  it("refuses an unknown flag", async () => {
    expect(await node.run("containerd", ["--nonsense"])).toMatchObject({ code: 1 });
  });
});
