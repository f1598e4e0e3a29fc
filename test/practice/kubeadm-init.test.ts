import { rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { X509Certificate } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  initDocuments,
  kubectl,
  pinOf,
  practiceImage,
  practiceNode,
  TOKEN,
  type PracticeNode,
  type Ran,
} from "./support.js";

describe("preflight of kubeadm init", () => {
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
    await node.startRuntime();
  });
  afterEach(() => {
    node.dispose();
  });

  // A dry run ends after preflight, so that a node that passes is not initialised.
  function init(...more: string[]): Promise<Ran> {
    return node.run("kubeadm", ["init", "--dry-run", "--config", initDocuments(node), ...more]);
  }

  it("passes a fit node; an unknown name is only warned about", async () => {
    const ran = await init();
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('[WARNING Hostname]: hostname "master1.example.com" could not be reached');
    expect(node.has("etc/kubernetes/admin.conf")).toBe(false);
  });

  it.each<[string, (node: PracticeNode) => void, string]>([
    [
      "NumCPU",
      (n) => n.write("proc/cpuinfo", "processor\t: 0\n"),
      "the number of available CPUs 1 is less than the required 2",
    ],
    [
      "Mem",
      (n) => n.write("proc/meminfo", "MemTotal: 1048576 kB\n"),
      "the system RAM (1024 MB) is less than the minimum 1700 MB",
    ],
    [
      "FileContent--proc-sys-net-ipv4-ip_forward",
      (n) => n.write("proc/sys/net/ipv4/ip_forward", "0\n"),
      "contents are not set to 1",
    ],
    [
      "FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml",
      (n) => n.write("etc/kubernetes/manifests/kube-apiserver.yaml", "x"),
      "/etc/kubernetes/manifests/kube-apiserver.yaml already exists",
    ],
    ["DirAvailable--var-lib-etcd", (n) => n.write("var/lib/etcd/member/x", "x"), "/var/lib/etcd is not empty"],
    [
      "FileExisting-nsenter",
      (n) => {
        n.without("nsenter");
        n.env["PATH"] = `${n.root}/usr/bin:${n.root}/fake`;
      },
      "nsenter not found in system path",
    ],
    [
      "SystemVerification",
      (n) => n.write("proc/mounts", "c /sys/fs/cgroup/memory cgroup rw 0 0\n"),
      "cgroups v1 support is deprecated",
    ],
    [
      "CRI",
      (n) => {
        n.stopRuntime();
      },
      "could not connect to the container runtime",
    ],
  ])("%s is an error, and a warning when ignored", async (name, spoil, text) => {
    spoil(node);
    const refused = await init();
    expect(refused.stderr).toContain(`[ERROR ${name}]: `);
    expect(refused.stderr).toContain(text);
    expect(refused.stderr).toContain("[preflight] If you know what you are doing");
    expect(refused.code).toBe(2);
    const ignored = await init(`--ignore-preflight-errors=${name.toUpperCase()}`);
    expect(ignored.stderr).toContain(`[WARNING ${name}]: `);
    expect(ignored.code).toBe(0);
  });

  it("names a port in use", async () => {
    const server: Server = await new Promise((resolve) => {
      const made = createServer().listen(node.apiPort, () => {
        resolve(made);
      });
    });
    const ran = await init();
    server.close();
    expect(ran.stderr).toContain(`[ERROR Port-${String(node.apiPort)}]: Port ${String(node.apiPort)} is in use`);
    expect(ran.code).toBe(2);
  });

  it("warns about swap and a kubelet that is in no runlevel", async () => {
    node.write("proc/swaps", "Filename\n/dev/sda2 partition 1 0 -2\n");
    node.write("fake/rc-update", "#!/bin/sh\necho ' sshd | default'\n");
    const ran = await init();
    expect(ran.stderr).toContain("[WARNING Swap]: ");
    expect(ran.stderr).toContain(
      "[WARNING Service-Kubelet]: kubelet service is not enabled, please run 'rc-update add kubelet default'",
    );
    expect(ran.code).toBe(0);
  });

  it("takes names from the file, and refuses 'all' next to names", async () => {
    node.write("proc/cpuinfo", "processor\t: 0\n");
    const edit = (text: string): string =>
      text.replace("nodeRegistration:", "nodeRegistration:\n  ignorePreflightErrors: [NumCPU]");
    expect((await node.run("kubeadm", ["init", "--dry-run", "--config", initDocuments(node, edit)])).code).toBe(0);
    const mixed = await init("--ignore-preflight-errors=all,NumCPU");
    expect(mixed.stderr).toContain("don't specify individual checks if 'all' is used");
    expect(mixed.code).toBe(3);
    expect((await init("--skip-phases=nonsense")).stderr).toContain("invalid phase name: nonsense");
  });
});

describe("kubeadm init, token, certs and reset on a fit node", () => {
  let image: string;
  let node: PracticeNode;
  let done: Ran;
  beforeAll(async () => {
    image = practiceImage();
    node = await practiceNode(image);
    await node.startRuntime();
    done = await node.run("kubeadm", ["init", "--upload-certs", "--config", initDocuments(node)]);
  }, 60_000);
  afterAll(() => {
    node.dispose();
    rmSync(image, { recursive: true });
  });

  it("succeeds and says how to join", () => {
    expect(done.stderr).not.toContain("ERROR");
    expect(done.code).toBe(0);
    expect(done.stdout).toContain("Your Kubernetes control-plane has initialized successfully!");
    expect(done.stdout).toContain(`kubeadm join localhost:${String(node.apiPort)} --token ${TOKEN}`);
    expect(pinOf(done.stdout)).toMatch(/^sha256:/);
  });

  it("writes the files that the real one writes", () => {
    for (const name of ["admin", "super-admin", "kubelet", "controller-manager", "scheduler"]) {
      expect(node.has(`etc/kubernetes/${name}.conf`)).toBe(true);
    }
    for (const name of ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"]) {
      expect(node.read(`etc/kubernetes/manifests/${name}.yaml`)).toContain("kind: Pod");
    }
    expect(node.read("var/lib/kubelet/config.yaml")).toContain("cgroupDriver: cgroupfs\n");
    const flags = node.read("var/lib/kubelet/kubeadm-flags.env");
    expect(flags).toContain("--node-ip=127.0.0.1");
    expect(flags).toContain("--hostname-override=master1.example.com");
  });

  it("puts every name into the API's certificate", () => {
    const names = new X509Certificate(node.read("etc/kubernetes/pki/apiserver.crt")).subjectAltName ?? "";
    for (const name of [
      "DNS:master1.example.com",
      "DNS:localhost",
      "DNS:api.demo.example.com",
      "DNS:kubernetes.default.svc.cluster.local",
    ]) {
      expect(names).toContain(name);
    }
    for (const address of ["10.250.250.9", "127.0.0.1", "10.96.0.1"]) expect(names).toContain(`IP Address:${address}`);
  });

  it("stores its configuration, signed cluster-info and the token", async () => {
    const info = await kubectl(node, ["get", "cm", "-n", "kube-public", "cluster-info", "-o", "yaml"]);
    expect(info.stdout).toContain("jws-kubeconfig-abcdef:");
    const stored = await kubectl(node, [
      "get",
      "cm",
      "-n",
      "kube-system",
      "kubeadm-config",
      "-o",
      "jsonpath={.data.ClusterConfiguration}",
    ]);
    expect(stored.stdout).toContain("podSubnet: 10.244.0.0/16");
    const tokens = await node.run("kubeadm", ["token", "list"]);
    expect(tokens.stdout).toMatch(/abcdef\.0123456789abcdef +\d+[hm]/);
    const certs = await kubectl(node, ["get", "secret", "-n", "kube-system", "kubeadm-certs"]);
    expect(certs.code).toBe(0);
  });

  it("makes, refuses and deletes tokens", async () => {
    const made = await node.run("kubeadm", ["token", "create", "--ttl", "10m", "--print-join-command"]);
    expect(made.stdout).toContain(`--discovery-token-ca-cert-hash ${pinOf(done.stdout)}`);
    expect((await node.run("kubeadm", ["token", "create", TOKEN])).stderr).toContain(
      'a token with id "abcdef" already exists',
    );
    expect(await node.run("kubeadm", ["token", "create", "no.token"])).toMatchObject({ code: 3 });
    expect((await node.run("kubeadm", ["token", "create", "--ttl", "5"])).stderr).toContain("missing unit in duration");
    const second = (await node.run("kubeadm", ["token", "create"])).stdout.trim();
    expect((await node.run("kubeadm", ["token", "delete", second])).stdout).toBe(
      `bootstrap token "${second.slice(0, 6)}" deleted\n`,
    );
    expect((await node.run("kubeadm", ["token", "delete", "x"])).stderr).toContain("given token didn't match pattern");
  });

  it("uploads certificates again, with a key that is checked", async () => {
    const again = await node.run("kubeadm", [
      "init",
      "phase",
      "upload-certs",
      "--upload-certs",
      "--certificate-key",
      "ab".repeat(32),
    ]);
    expect(again.stdout).toContain("ab".repeat(32));
    const wrong = await node.run("kubeadm", [
      "init",
      "phase",
      "upload-certs",
      "--upload-certs",
      "--certificate-key",
      "ab",
    ]);
    expect(wrong.stderr).toContain("invalid certificate key size 1");
  });

  it("refuses a second init, and starts anew after a reset with the CA it is given", async () => {
    const twice = await node.run("kubeadm", ["init", "--config", initDocuments(node)]);
    expect(twice.code).toBe(2);
    expect(twice.stderr).toContain("[ERROR FileAvailable--etc-kubernetes-manifests-etcd.yaml]");
    expect(twice.stderr).toContain(`[ERROR Port-${String(node.apiPort)}]`);
    expect(twice.stderr).toContain("[ERROR DirAvailable--var-lib-etcd]");
    const pair = [node.read("etc/kubernetes/pki/ca.crt"), node.read("etc/kubernetes/pki/ca.key")] as const;
    expect((await node.run("kubeadm", ["reset"], "n\n")).stderr).toContain("aborted reset operation");
    expect(
      (await node.run("kubeadm", ["reset", "-f", "--cri-socket", "unix:///run/containerd/containerd.sock"])).code,
    ).toBe(0);
    expect(node.has("etc/kubernetes/admin.conf")).toBe(false);
    expect(node.has("etc/kubernetes/pki/ca.crt")).toBe(false);
    expect(node.has("var/lib/etcd/member")).toBe(false);
    node.write("etc/kubernetes/pki/ca.crt", pair[0]);
    node.write("etc/kubernetes/pki/ca.key", pair[1]);
    const anew = await node.run("kubeadm", ["init", "--config", initDocuments(node)]);
    expect(anew.stdout).toContain("[certs] Using existing ca certificate authority");
    expect(anew.code).toBe(0);
    expect(pinOf(anew.stdout)).toBe(pinOf(done.stdout));
  }, 60_000);

  it("fails in wait-control-plane when the kubelet dies of the systemd cgroup driver", async () => {
    await node.run("kubeadm", ["reset", "-f"]);
    const edit = (text: string): string =>
      text
        .replace("cgroupDriver: cgroupfs", "cgroupDriver: systemd")
        .replace("kubeletHealthCheck: 15s", "kubeletHealthCheck: 3s");
    const ran = await node.run("kubeadm", ["init", "--config", initDocuments(node, edit)]);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(
      "error execution phase wait-control-plane: failed while waiting for the kubelet to start",
    );
    expect(node.read("kubelet.log")).toContain("systemd not running on this host, cannot use systemd cgroups manager");
  }, 60_000);
});
