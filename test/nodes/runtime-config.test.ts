import { describe, expect, test } from "vitest";
import { condition, type FakeNode, type ScriptRun } from "./node.js";
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

const wrong = (run: ScriptRun): string[] => [...run.result.failed, ...run.result.warnings];

describe("containerd's file in a form that is not changed line by line", () => {
  const CRI = 'plugins."io.containerd.grpc.v1.cri"';
  /** What containerd 1.6 prints for the first of the files below. */
  const dump = (systemd: boolean, image = "registry.k8s.io/pause:3.9", imports = ""): string =>
    `disabled_plugins = []\nimports = ["${config}"${imports}]\nversion = 2\n[plugins]\n  [${CRI}]\n    sandbox_image = "${image}"\n` +
    `          [${CRI}.containerd.runtimes.runc.options]\n            SystemdCgroup = ${systemd}\n`;
  const image = `[${CRI}]\nsandbox_image = "registry.k8s.io/pause:3.9"\n`;

  test.each<[string, string, string, string]>([
    [
      "a dotted key",
      `version = 2\n${CRI}.containerd.runtimes.runc.options.SystemdCgroup = true\n${CRI}.sandbox_image = "registry.k8s.io/pause:3.9"\n`,
      "SystemdCgroup = ",
      ":2",
    ],
    [
      "an inline table",
      `version = 2\n${image}[${CRI}.containerd.runtimes.runc]\noptions = { SystemdCgroup = true }\n`,
      "options = {",
      ":5",
    ],
    [
      "a quoted key",
      `version = 2\n${image}[${CRI}.containerd.runtimes.runc.options]\n'SystemdCgroup' = true\n`,
      "'SystemdCgroup'",
      ":5",
    ],
  ])("%s is refused with file, line and what to write, and left as it is", async (_what, before, odd, line) => {
    const node = await freshNode();
    node.write(config, before);
    node.fake("containerd-odd", odd);
    node.fake("containerd-dump", dump(true));
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(10);
    expect(run.result.failed).toEqual([
      "runtime-config: SystemdCgroup is true, and OpenRC has no systemd (left as it is, for it is written in a form that is " +
        `not changed here: write SystemdCgroup = false at ${config}${line})`,
    ]);
    expect(node.read(config)).toBe(before);
    expect(restarts(node)).not.toContain("rc-service containerd restart");
    expect(node.has(`${config}.ak8s-try`)).toBe(false);
  });

  test("a change that containerd could not read is not made", async () => {
    const node = await freshNode();
    const before = `version = 2\n${CRI}.sandbox_image = "registry.k8s.io/pause:3.8"\n`;
    node.write(config, before);
    node.fake("containerd-odd", "^plugins\\.");
    node.fake("containerd-refuses", "^\\[plugins");
    node.fake("containerd-dump", dump(false, "registry.k8s.io/pause:3.8"));
    const run = await node.run("shared", sharedVariables);
    expect(wrong(run)).toEqual([
      "runtime-config: sandbox image is registry.k8s.io/pause:3.8, kubeadm wants registry.k8s.io/pause:3.9 (left as it is, for " +
        `it is written in a form that is not changed here: write the sandbox image "registry.k8s.io/pause:3.9" at ${config}:2)`,
    ]);
    expect(node.read(config)).toBe(before);
  });

  test("a file of version 2 counts, although the dump of containerd 2.0 forgets it", async () => {
    const node = await freshNode();
    node.write(config, versionTwo);
    const pinned = "[plugins.'io.containerd.cri.v1.images'.pinned_images]\n  sandbox = 'registry.k8s.io/pause:3.9'\n";
    node.fake("containerd-odd", "^version = 2");
    node.fake("containerd-dump", `version = 3\n${pinned}`);
    const options =
      "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]\n  SystemdCgroup = true\n";
    node.fake("containerd-migrated", `version = 3\n${pinned}${options}`);
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(10);
    expect(run.result.failed[0]).toContain("runtime-config: SystemdCgroup is true");
    expect(node.has(`${config}.ak8s-try`)).toBe(false);
  });

  test("an image that a drop-in decides does not keep the cgroups from being mended", async () => {
    const node = await freshNode();
    node.write(config, versionTwo);
    node.fake("containerd-odd", "SystemdCgroup = false");
    node.fake("containerd-dump", dump(false, "mirror.example.com/pause:1"));
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(0);
    expect(node.read(config)).toContain("SystemdCgroup = false");
    expect(wrong(run).join()).toContain("sandbox image is mirror.example.com/pause:1");
  });

  test("a drop-in counts, and is named", async () => {
    const node = await freshNode();
    const dropIn = "/etc/containerd/conf.d/site.toml";
    const before = `version = 2\nimports = ["/etc/containerd/conf.d/*.toml"]\n${image}`;
    node.write(config, before);
    node.write(dropIn, `version = 2\n[${CRI}.containerd.runtimes.runc.options]\nSystemdCgroup = true\n`);
    node.fake("containerd-odd", "^imports");
    node.fake("containerd-dump", dump(true, undefined, `, "${dropIn}"`));
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(10);
    expect(run.result.failed[0]).toContain(`write SystemdCgroup = false at ${dropIn}:3)`);
    expect(node.read(config)).toBe(before);
  });
});

test("a file that containerd cannot read is named at once, with its own words, and left as it is", async () => {
  const node = await freshNode();
  const before = 'version = 2\n[plugins."io.containerd.grpc.v1.cri"\n  SystemdCgroup = true\n';
  node.write(config, before);
  node.remove("/run/openrc/started/containerd");
  node.fake("containerd-refuses", '^\\[plugins."io.containerd.grpc.v1.cri"$');
  const run = await node.run("shared", sharedVariables);
  expect(run.code).toBe(10);
  const cause = `containerd cannot read ${config}: failed to load TOML: ${config}: (2, 2): unexpected token`;
  expect(run.result.failed).toEqual([
    `runtime-config: ${cause} (this file is left as it is)`,
    `runtime: containerd does not answer crictl info (it cannot come: ${cause})`,
  ]);
  expect(node.read(config)).toBe(before);
  expect(restarts(node)).toEqual([]);
});

test.each([
  ['disabled_plugins = ["cri"]', "disabled_plugins = []"],
  [
    "disabled_plugins = ['io.containerd.grpc.v1.cri', 'io.containerd.snapshotter.v1.aufs']",
    "disabled_plugins = [ 'io.containerd.snapshotter.v1.aufs']",
  ],
  ['disabled_plugins = ["aufs", "io.containerd.cri.v1.runtime"]', 'disabled_plugins = ["aufs", ]'],
])("the CRI plug-in is taken out of %s", async (before, after) => {
  const node = await freshNode();
  const rest = '\n[plugins."io.containerd.grpc.v1.cri"]\n  sandbox_image = "registry.k8s.io/pause:3.9"\n';
  node.write(config, `version = 2\n${before}${rest}`);
  const run = await node.run("shared", sharedVariables);
  expect(run.code).toBe(0);
  expect(node.read(config)).toBe(`version = 2\n${after}${rest}`);
});

test("the CRI plug-in is taken out of containerd's default, too", async () => {
  const node = await freshNode();
  node.remove(config);
  const text = node.read("/fake/containerd-default.toml");
  node.fake("containerd-default.toml", `disabled_plugins = ['io.containerd.grpc.v1.cri']\n${text}`);
  expect((await node.run("shared", sharedVariables)).code).toBe(0);
  expect(node.read(config)).toContain("disabled_plugins = []\n");
});

test("a CRI plug-in that cannot be enabled here is named with its line, and not waited for", async () => {
  const node = await freshNode();
  node.remove("/run/openrc/started/containerd");
  const before = 'version = 2\ndisabled_plugins = [\n  "cri",\n]\n';
  node.write(config, before);
  node.fake("containerd-odd", "^disabled_plugins");
  node.fake("containerd-dump", 'disabled_plugins = ["cri"]\nversion = 2\n');
  const run = await node.run("shared", sharedVariables);
  expect(run.code).toBe(10);
  expect(run.result.failed).toEqual([
    "runtime-config: disabled_plugins names the CRI plug-in, without which there are no pods (left as it is, for it is written " +
      `in a form that is not changed here: write disabled_plugins without it at ${config}:2)`,
    "runtime: containerd does not answer crictl info (it cannot come: its CRI plug-in is disabled)",
  ]);
  expect(node.read(config)).toBe(before);
});

test("a file from a Windows computer keeps its line ends", async () => {
  const node = await freshNode();
  node.write(config, versionTwo.replaceAll("\n", "\r\n"));
  expect((await node.run("shared", sharedVariables)).code).toBe(0);
  expect(node.read(config)).toBe(
    versionTwo
      .replace("pause:3.8", "pause:3.9")
      .replace("SystemdCgroup = true", "SystemdCgroup = false")
      .replaceAll("\n", "\r\n"),
  );
});

test("a file that is a link stays one, and what it leads to is changed", async () => {
  const node = await freshNode();
  node.write("/srv/containerd.toml", versionTwo);
  node.sh(`ln -sf /srv/containerd.toml ${config}`);
  expect((await node.run("shared", sharedVariables)).code).toBe(0);
  expect(node.sh(`readlink ${config}`)).toBe("/srv/containerd.toml\n");
  expect(node.read("/srv/containerd.toml")).toContain("SystemdCgroup = false");
});

test("a check does not miss the note of the sandbox image", async () => {
  const node = await freshNode();
  await node.run("shared", sharedVariables);
  node.remove("/etc/alpine-k8s/pause-image");
  const run = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check" });
  expect(condition(run, "runtime-config")).toBe("fatal ok cgroupfs, sandbox image registry.k8s.io/pause:3.9");
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
