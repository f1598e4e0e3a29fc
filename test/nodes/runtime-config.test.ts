import { expect, test } from "vitest";
import type { FakeNode } from "./node.js";
import { sharedVariables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { freshNode } = useNodes();
const config = "/etc/containerd/config.toml";
const restarts = (node: FakeNode): string[] => node.calls().filter((call) => call.startsWith("rc-service containerd"));

const versionTwo = `version = 2
# a comment, kept
[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    sandbox_image = "registry.k8s.io/pause:3.8"
    [plugins."io.containerd.grpc.v1.cri".cni]
      bin_dir = "/usr/libexec/cni"
      conf_template = ""
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = true
`;

test.each([
  {
    what: "version 2 (containerd 1.7)",
    before: versionTwo,
    after: versionTwo.replace("pause:3.8", "pause:3.9").replace("SystemdCgroup = true", "SystemdCgroup = false"),
  },
  {
    what: "version 4 (containerd 2.3)",
    before:
      "version = 4\n[plugins.'io.containerd.cri.v1.images'.pinned_images]\n  sandbox = 'registry.k8s.io/pause:3.10.2' # ours\n",
    after:
      "version = 4\n[plugins.'io.containerd.cri.v1.images'.pinned_images]\n  sandbox = \"registry.k8s.io/pause:3.9\"\n",
  },
  {
    what: "the section without the key",
    before: 'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n  enable_selinux = false\n',
    after:
      'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n  sandbox_image = "registry.k8s.io/pause:3.9"\n  enable_selinux = false\n',
  },
  {
    what: "no such section, version 2",
    before: 'version = 2\nroot = "/data"\n',
    after:
      'version = 2\nroot = "/data"\n[plugins."io.containerd.grpc.v1.cri"]\n  sandbox_image = "registry.k8s.io/pause:3.9"\n',
  },
  {
    what: "no such section, version 3",
    before: "version = 3\n",
    after:
      'version = 3\n[plugins."io.containerd.cri.v1.images".pinned_images]\n  sandbox = "registry.k8s.io/pause:3.9"\n',
  },
])("containerd's file, $what: the image is set and nothing else", async ({ before, after }) => {
  const node = await freshNode();
  node.write(config, before);
  const run = await node.run("shared", sharedVariables);
  expect(run.code).toBe(0);
  expect(node.read(config)).toBe(after);
  node.forgetCalls();
  const again = await node.run("shared", sharedVariables);
  expect(again.result.changed).toEqual([]);
  expect(restarts(node)).toEqual([]);
});

test("no file: containerd's default is written, with the image in it", async () => {
  const node = await freshNode();
  node.remove(config);
  const run = await node.run("shared", sharedVariables);
  expect(run.code).toBe(0);
  expect(node.read(config)).toBe(
    node.read("/fake/containerd-default.toml").replace("'registry.k8s.io/pause:3.10.1'", '"registry.k8s.io/pause:3.9"'),
  );
});

test("a file without a version is left alone and reported", async () => {
  const node = await freshNode();
  node.write(config, 'disabled_plugins = ["cri"]\n');
  const run = await node.run("shared", sharedVariables);
  expect(run.code).toBe(10);
  expect(run.result.failed).toEqual([
    "runtime-config: /etc/containerd/config.toml has no 'version =' line of 2 or more; move it away to get containerd's default (this file is left as it is)",
  ]);
  expect(node.read(config)).toBe('disabled_plugins = ["cri"]\n');
});

test("a running containerd is restarted only when the file changed; the repository asked for is used", async () => {
  const node = await freshNode();
  await node.run("shared", sharedVariables);
  node.forgetCalls();
  const run = await node.run("shared", { ...sharedVariables, AK8S_IMAGE_REPOSITORY: "mirror.example.com/k8s" });
  expect(run.result.changed).toEqual(["runtime-config"]);
  expect(node.read(config)).toContain('sandbox = "mirror.example.com/k8s/pause:3.9"');
  expect(restarts(node)).toEqual(["rc-service containerd restart"]);
});

test("a version with a build is asked for without it", async () => {
  const node = await freshNode();
  node.fake("version", "v1.36.1+vendor\n");
  node.fake("kubelet-version", "v1.36.1+vendor\n");
  const run = await node.run("shared", { ...sharedVariables, AK8S_KUBERNETES_VERSION: "v1.36.1+vendor" });
  expect(run.code).toBe(0);
  expect(node.calls()).toContain("kubeadm config images list --kubernetes-version v1.36.1");
});
