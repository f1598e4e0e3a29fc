import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FakeNode } from "./node.js";
import { sharedVariables, type Variables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { freshNode } = useNodes();

describe("each condition, made to fail on a fit node, is made so again", () => {
  let node: FakeNode;
  beforeAll(async () => {
    node = await FakeNode.start();
    expect((await node.run("shared", sharedVariables)).code).toBe(0);
  });
  afterAll(async () => {
    const refused = node.refused();
    await node.stop();
    expect(refused).toBe("");
  });

  interface Case {
    readonly id: string;
    readonly what: string;
    readonly breakIt: (node: FakeNode) => void;
    readonly variables?: Variables;
    /** The reason that the check gives before. */
    readonly unmet: string;
    readonly also?: readonly string[];
  }
  const cases: readonly Case[] = [
    {
      id: "hostname",
      what: "name in the kernel",
      breakIt: (n) => n.sh("hostname other"),
      unmet: "it is other, wanted master1",
    },
    {
      id: "hostname",
      what: "name at the next boot",
      breakIt: (n) => n.write("/etc/hostname", "other\n"),
      unmet: "/etc/hostname has 'other', wanted master1",
    },
    {
      id: "hosts-own-name",
      what: "a second line",
      breakIt: (n) => n.write("/etc/hosts", `${n.read("/etc/hosts")}127.0.1.1\tmaster1 master1.example.com # vagrant`),
      unmet:
        "/etc/hosts has '127.0.1.1 master1 master1.example.com # vagrant', wanted '10.250.250.2 master1.example.com master1'",
    },
    {
      id: "hosts-endpoint",
      what: "an old address",
      breakIt: (n) => n.write("/etc/hosts", n.read("/etc/hosts").replace("10.250.250.2 api", "10.250.250.99 api")),
      unmet: "/etc/hosts has '10.250.250.99 api.demo.example.com', wanted '10.250.250.2 api.demo.example.com'",
    },
    {
      id: "clock",
      what: "behind",
      breakIt: (n) => n.fake("clock", "1799996400\n"),
      unmet: "the clock is -3600 s off, wanted at most 1 s",
    },
    {
      id: "clock",
      what: "before",
      breakIt: (n) => n.fake("clock", "1800000060\n"),
      unmet: "the clock is 60 s off, wanted at most 1 s",
    },
    {
      id: "boot-service",
      what: "an older text",
      breakIt: (n) => n.write("/etc/init.d/alpine-k8s-node", "#!/sbin/openrc-run\n"),
      unmet: "/etc/init.d/alpine-k8s-node is not there or not ours",
    },
    {
      id: "boot-service",
      what: "not enabled",
      breakIt: (n) => n.remove("/etc/runlevels/boot/alpine-k8s-node"),
      unmet: "alpine-k8s-node is not in the boot runlevel",
    },
    {
      id: "modules",
      what: "overlay",
      breakIt: (n) => n.fake("filesystems", "nodev\tproc\n"),
      unmet: "the kernel lacks: overlay",
    },
    {
      id: "modules",
      what: "br_netfilter",
      breakIt: (n) => n.remove("/fake/procsys/net/bridge"),
      unmet: "the kernel lacks: br_netfilter",
      also: ["sysctls"],
    },
    {
      id: "sysctls",
      what: "ip_forward",
      breakIt: (n) => n.fake("procsys/net/ipv4/ip_forward", "0\n"),
      unmet: "net/ipv4/ip_forward is 0",
    },
    {
      id: "mounts-shared",
      what: "/run",
      breakIt: (n) => n.sh("mount --make-private /run"),
      unmet: "private mounts: /run",
    },
    {
      id: "mounts-shared",
      what: "/ and /sys",
      breakIt: (n) => n.sh("mount --make-private /; mount --make-private /sys"),
      unmet: "private mounts: / /sys",
    },
    { id: "bpffs", what: "unmounted", breakIt: (n) => n.sh("umount /sys/fs/bpf"), unmet: "/sys/fs/bpf is not mounted" },
    {
      id: "cgroups",
      what: "unmounted",
      breakIt: (n) => n.sh("umount /sys/fs/cgroup/cgroup.controllers; umount /sys/fs/cgroup"),
      unmet: "none are mounted",
    },
    {
      id: "cgroups",
      what: "not at boot",
      breakIt: (n) => n.remove("/etc/runlevels/sysinit/cgroups"),
      unmet: "the service cgroups is in no runlevel",
    },
    {
      id: "machine-id",
      what: "empty",
      breakIt: (n) => n.write("/etc/machine-id", ""),
      unmet: "/etc/machine-id does not hold 32 hex digits",
    },
    {
      id: "swap",
      what: "on",
      breakIt: (n) => n.fake("swaps", "Filename\tType\tSize\n/dev/vdb partition 1000 0 -2\n"),
      unmet: "swap is on: /dev/vdb",
    },
    {
      id: "swap",
      what: "at boot",
      breakIt: (n) => {
        n.write("/etc/fstab", "/dev/vda1 / ext4 rw 0 1\n/dev/vdb none swap sw 0 0\n");
        n.write("/etc/runlevels/boot/swap", "");
      },
      unmet: "/etc/fstab turns it on; the service swap is in a runlevel",
    },
    {
      id: "inotify",
      what: "low",
      breakIt: (n) => n.fake("procsys/fs/inotify/max_user_watches", "8192\n"),
      unmet: "8192 watches, 8192 instances; wanted at least 524288 and 8192",
    },
    {
      id: "cni-dirs",
      what: "no link",
      breakIt: (n) => n.remove("/opt/cni/bin"),
      unmet: "/opt/cni/bin and /usr/libexec/cni are not one: one is missing",
    },
    {
      id: "cni-dirs",
      what: "two folders",
      breakIt: (n) => {
        n.remove("/opt/cni/bin");
        n.write("/opt/cni/bin/own", "x");
      },
      unmet:
        "not in both of /opt/cni/bin and /usr/libexec/cni: /opt/cni/bin/bridge:/usr/libexec/cni/bridge /opt/cni/bin/host-local:/usr/libexec/cni/host-local /opt/cni/bin/loopback:/usr/libexec/cni/loopback /opt/cni/bin/portmap:/usr/libexec/cni/portmap /usr/libexec/cni/own:/opt/cni/bin/own /usr/libexec/cni/flannel:/opt/cni/bin/flannel /usr/libexec/cni/calico:/opt/cni/bin/calico /usr/libexec/cni/calico-ipam:/opt/cni/bin/calico-ipam /usr/libexec/cni/cilium-cni:/opt/cni/bin/cilium-cni /usr/libexec/cni/bandwidth:/opt/cni/bin/bandwidth /usr/libexec/cni/tuning:/opt/cni/bin/tuning",
    },
    {
      id: "runtime-config",
      what: "systemd cgroups",
      breakIt: (n) =>
        n.write(
          "/etc/containerd/config.toml",
          n.read("/etc/containerd/config.toml").replace("SystemdCgroup = false", "SystemdCgroup = true"),
        ),
      unmet: "SystemdCgroup is true, and OpenRC has no systemd",
    },
    {
      id: "runtime",
      what: "stopped",
      breakIt: (n) => n.sh("rc-service containerd stop"),
      unmet: "containerd does not answer crictl info",
    },
    {
      id: "runtime",
      what: "not at boot",
      breakIt: (n) => n.remove("/etc/runlevels/default/containerd"),
      unmet: "containerd is not in the default runlevel",
    },
    {
      id: "kubelet-service",
      what: "settings with which it dies",
      breakIt: (n) => n.write("/etc/conf.d/kubelet", 'command_args="x"\nrespawn_max=10\nrespawn_period="0"\n'),
      unmet: "respawn_max='10' respawn_delay='' in /etc/conf.d/kubelet, wanted 0 and 5",
    },
    {
      id: "kubelet-service",
      what: "no service",
      breakIt: (n) => {
        n.remove("/etc/init.d/kubelet");
        n.remove("/etc/conf.d/kubelet");
      },
      unmet: "there is no service kubelet",
    },
    {
      id: "kubelet-service",
      what: "no folder for manifests",
      breakIt: (n) => n.remove("/etc/kubernetes/manifests"),
      unmet: "/etc/kubernetes/manifests is missing, and the kubelet complains every second",
    },
    {
      id: "proxy",
      what: "asked for",
      breakIt: () => undefined,
      variables: { AK8S_HTTP_PROXY: "http://me:it's@proxy:3128", AK8S_NO_PROXY: "10.0.0.0/8" },
      unmet: "/etc/conf.d/containerd has another proxy than asked for",
    },
    {
      id: "proxy",
      what: "not wanted any more",
      breakIt: () => undefined,
      unmet: "/etc/conf.d/containerd has another proxy than asked for",
    },
    {
      id: "ssh-key",
      what: "absent",
      breakIt: (n) => n.write("/home/vagrant/.ssh/authorized_keys", "ssh-rsa AAAAother someone"),
      variables: { AK8S_SSH_PUBLIC_KEY: "ssh-ed25519 AAAAkey demo", AK8S_SSH_USER: "vagrant" },
      unmet: "it is not in /home/vagrant/.ssh/authorized_keys",
    },
  ];

  test.each(cases)("$id: $what", async ({ id, breakIt, variables, unmet, also }) => {
    breakIt(node);
    const asked = { ...sharedVariables, ...variables };
    const before = node.tree();
    const check = await node.run("shared", { ...asked, AK8S_MODE: "check" });
    expect(node.tree()).toEqual(before);
    expect(check.conditions.get(id)).toMatchObject({ state: "unmet", reason: unmet });

    const fixed = await node.run("shared", asked);
    expect(fixed.stderr).toBe("");
    expect(fixed.code).toBe(0);
    expect(fixed.conditions.get(id)?.state).toBe("fixed");
    expect(fixed.result.changed).toEqual([id, ...(also ?? [])]);

    const after = node.tree();
    const again = await node.run("shared", asked);
    expect(again.result.changed).toEqual([]);
    expect(node.tree()).toEqual(after);
  });

  test("swap that is switched off is told", async () => {
    const broken = await freshNode();
    broken.fake("swaps", "Filename\tType\tSize\n/dev/vdb partition 1000 0 -2\n");
    broken.write("/etc/fstab", "/dev/vdb none swap sw 0 0\n");
    broken.write("/etc/runlevels/boot/swap", "");
    const told = (await broken.run("shared", sharedVariables)).result.warnings;
    const again = (await broken.run("shared", sharedVariables)).result.warnings;
    expect(told).toEqual([
      "swap: switched off: /dev/vdb; its lines in /etc/fstab begin with #alpine-k8s# now; the service swap was taken out of runlevel boot",
    ]);
    expect(again).toEqual([]);
  });

  test("what was written on the way is what was meant", () => {
    expect(node.read("/etc/fstab")).toBe("/dev/vda1 / ext4 rw 0 1\n#alpine-k8s# /dev/vdb none swap sw 0 0\n");
    expect(node.read("/etc/conf.d/kubelet")).toBe(
      'command_args="--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml"\nrespawn_max=0\nrespawn_delay=5\n',
    );
    expect(node.mode("/etc/init.d/kubelet")).toBe(0o755);
    expect(node.read("/home/vagrant/.ssh/authorized_keys")).toBe(
      "ssh-rsa AAAAother someone\nssh-ed25519 AAAAkey demo\n",
    );
    expect(node.read("/etc/conf.d/containerd")).toBe("");
    expect(node.sh("cat /opt/cni/bin/bridge; cat /usr/libexec/cni/own")).toBe("bridgex");
  });
});
