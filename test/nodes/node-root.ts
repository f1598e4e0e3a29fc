import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { caPem, usualCa } from "./node-input.js";

const here = import.meta.dirname;

/** A folder with BusyBox, dash, the fakes, and the files of an unprepared Alpine. */
export async function buildRoot(): Promise<string> {
  const root = fs.mkdtempSync(join(tmpdir(), "ak8s-node-"));
  const put = (path: string, text: string, mode = 0o644): void => {
    fs.mkdirSync(dirname(join(root, path)), { recursive: true });
    fs.writeFileSync(join(root, path), text, { mode });
  };
  for (const folder of ["proc", "sys", "run/openrc/started", "tmp", "dev", "var/lib", "opt", "usr/libexec/cni"]) {
    fs.mkdirSync(join(root, folder), { recursive: true });
  }
  installPrograms(root, put);
  nodeFiles(root, put);
  put("dev/null", "");
  await makeSocket(join(root, "fake/socket"));
  return root;
}

function installPrograms(root: string, put: (path: string, text: string, mode?: number) => void): void {
  const busybox = fs.realpathSync("/usr/bin/busybox");
  fs.mkdirSync(join(root, "bin"), { recursive: true });
  fs.copyFileSync(busybox, join(root, "bin/busybox"));
  const applets = execFileSync(busybox, ["--list"], { encoding: "utf8" }).trim().split("\n");
  for (const applet of [...applets, "ash", "sh"]) {
    if (applet !== "busybox" && !fs.existsSync(join(root, "bin", applet))) {
      fs.symlinkSync("busybox", join(root, "bin", applet));
    }
  }
  for (const program of ["/usr/bin/dash"]) {
    fs.copyFileSync(fs.realpathSync(program), join(root, "bin/dash"));
    for (const [library] of execFileSync("ldd", [program], { encoding: "utf8" }).matchAll(/\/\S+/g)) {
      fs.mkdirSync(join(root, dirname(library)), { recursive: true });
      fs.copyFileSync(fs.realpathSync(library), join(root, library));
    }
  }
  // BusyBox's static shell prefers its applets to programs; functions come before both.
  const fakes = fs.readdirSync(join(here, "fakes"));
  let prelude = "";
  for (const name of fakes) {
    const text = fs.readFileSync(join(here, "fakes", name), "utf8");
    if (name === "lib") {
      put("fake/lib", text);
    } else {
      put(`fake/bin/${name}`, text, 0o755);
      if (applets.includes(name)) prelude += `${name}() { /fake/bin/${name} "$@"; }\n`;
    }
  }
  put("fake/prelude", prelude);
}

function nodeFiles(root: string, put: (path: string, text: string, mode?: number) => void): void {
  put("fake/version", "v1.36.1\n");
  put("fake/kubelet-version", "v1.36.1\n");
  put("fake/clock", "1800000000\n");
  put("fake/ca.crt", caPem);
  put("fake/swaps", "Filename\tType\tSize\tUsed\tPriority\n");
  put("fake/meminfo", "MemTotal:        2097152 kB\n");
  put("fake/disk", "20971520 15728640\n");
  put("fake/filesystems", "nodev\tproc\n\text4\nnodev\toverlay\n");
  put("fake/controllers", "cpuset cpu io memory pids\n");
  put("fake/containerd-default.toml", containerdConfig);
  put("fake/procsys/kernel/hostname", "");
  put("fake/procsys/kernel/osrelease", "6.18.1-0-virt\n");
  put("fake/procsys/kernel/random/uuid", "01234567-89ab-cdef-0123-456789abcdef\n");
  put("fake/procsys/net/ipv4/ip_forward", "0\n");
  put("fake/procsys/net/bridge/bridge-nf-call-iptables", "0\n");
  put("fake/procsys/net/bridge/bridge-nf-call-ip6tables", "0\n");
  put("fake/procsys/fs/inotify/max_user_watches", "8192\n");
  put("fake/procsys/fs/inotify/max_user_instances", "128\n");
  put("fake/sys/devices/system/cpu/online", "0-1\n");
  put("fake/sys/class/dmi/id/product_uuid", "11111111-2222-3333-4444-555555555555\n");
  put("fake/sys/class/net/eth0/type", "1\n");
  put("fake/sys/class/net/eth1/type", "1\n");
  put("fake/sys/class/net/lo/type", "772\n");
  fs.mkdirSync(join(root, "fake/sys/fs/cgroup"), { recursive: true });
  fs.mkdirSync(join(root, "fake/sys/fs/bpf"), { recursive: true });
  put("usr/share/ca-certificates/usual.crt", usualCa);
  put("etc/ssl/certs/ca-certificates.crt", usualCa);
  put("etc/alpine-release", "3.24.1\n");
  put("etc/hostname", "alpine\n");
  put("etc/hosts", "127.0.0.1 localhost\n127.0.2.1 master1.example.com master1\n::1 localhost\n");
  put("etc/passwd", "root:x:0:0:root:/root:/bin/ash\nvagrant:x:1000:1000::/home/vagrant:/bin/ash\n");
  put("etc/resolv.conf", "nameserver 10.0.2.3\n");
  put("etc/fstab", "/dev/vda1 / ext4 rw 0 1\n");
  put("etc/conf.d/kubelet", 'command_args="--config=/var/lib/kubelet/config.yaml"\n');
  for (const service of ["kubelet", "containerd", "cgroups"])
    put(`etc/init.d/${service}`, "#!/sbin/openrc-run\n", 0o755);
  put("etc/containerd/config.toml", containerdConfig);
  for (const plugin of ["bridge", "host-local", "loopback", "portmap"]) {
    put(`usr/libexec/cni/${plugin}`, plugin, 0o755);
  }
}

async function makeSocket(path: string): Promise<void> {
  const live = `${path}.live`;
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(live, resolve));
  execFileSync("cp", ["-a", live, path]);
  await new Promise((resolve) => server.close(resolve));
}

const containerdConfig = `version = 3
root = '/var/lib/containerd'

[plugins]
  [plugins.'io.containerd.cri.v1.images']
    snapshotter = 'overlayfs'

    [plugins.'io.containerd.cri.v1.images'.pinned_images]
      sandbox = 'registry.k8s.io/pause:3.10.1'

  [plugins.'io.containerd.cri.v1.runtime']
    [plugins.'io.containerd.cri.v1.runtime'.cni]
      bin_dirs = ['/usr/libexec/cni']

    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      SystemdCgroup = false
`;
