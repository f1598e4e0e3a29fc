import { X509Certificate } from "node:crypto";
import { rmSync } from "node:fs";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  eventually,
  initDocuments,
  kubectl,
  practiceImage,
  practiceNode,
  runProgram,
  type PracticeNode,
  type Ran,
} from "./support.js";

const PKI = "etc/kubernetes/pki";
const RENEWED = [
  "certificate embedded in the kubeconfig file for the admin to use and for kubeadm itself renewed",
  "certificate for serving the Kubernetes API renewed",
  "certificate the apiserver uses to access etcd renewed",
  "certificate for the API server to connect to kubelet renewed",
  "certificate embedded in the kubeconfig file for the controller manager to use renewed",
  "certificate for liveness probes to healthcheck etcd renewed",
  "certificate for etcd nodes to communicate with each other renewed",
  "certificate for serving etcd renewed",
  "certificate for the front proxy client renewed",
  "certificate embedded in the kubeconfig file for the scheduler manager to use renewed",
  "certificate embedded in the kubeconfig file for the super-admin renewed",
];

describe("kubeadm certs", () => {
  let image: string;
  let node: PracticeNode;
  beforeAll(async () => {
    image = practiceImage();
    node = await practiceNode(image);
    await node.startRuntime();
    const done = await node.run("kubeadm", ["init", "--config", initDocuments(node)]);
    if (done.code !== 0) throw new Error(done.stderr);
    await eventually(async () => (await containers()).size === 4, "the static pods are listed", 20);
  }, 60_000);
  afterAll(() => {
    node.dispose();
    rmSync(image, { recursive: true });
  });

  const certs = (...args: string[]): Promise<Ran> => node.run("kubeadm", ["certs", ...args]);
  const crictl = (...args: string[]): Promise<Ran> =>
    node.run("crictl", ["--runtime-endpoint", "unix:///run/containerd/containerd.sock", "--timeout", "10s", ...args]);

  /** Ids of the control plane's containers by component. */
  async function containers(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const name of ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]) {
      const label = `io.kubernetes.pod.name=${name}-master1.example.com`;
      const { stdout } = await crictl("ps", "--quiet", "--label", label);
      if (stdout.trim() !== "") found.set(name, stdout.trim());
    }
    return found;
  }

  /** The serial number of the certificate that the API serves now; empty when it does not answer. */
  function served(): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect({ host: "127.0.0.1", port: node.apiPort, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerX509Certificate()?.serialNumber ?? "");
        socket.destroy();
      });
      socket.on("error", () => {
        resolve("");
      });
    });
  }
  const serial = (file: string): string => new X509Certificate(node.read(file)).serialNumber;

  it("shows when certificates end, as a table and as documents", async () => {
    const table = await certs("check-expiration");
    expect(table.code).toBe(0);
    expect(table.stdout).toContain(
      '[check-expiration] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...\n',
    );
    expect(table.stdout).toMatch(
      /^CERTIFICATE +EXPIRES +RESIDUAL TIME +CERTIFICATE AUTHORITY +EXTERNALLY MANAGED\nadmin\.conf +\w{3} \d\d, \d{4} \d\d:\d\d UTC +36[45]d +ca +no$/m,
    );
    expect(table.stdout).toMatch(/^etcd-server .* +etcd-ca +no$/m);
    expect(table.stdout).toMatch(/^CERTIFICATE AUTHORITY +EXPIRES +RESIDUAL TIME +EXTERNALLY MANAGED\nca +/m);
    const { stdout } = await certs("check-expiration", "-o", "json");
    const document = JSON.parse(stdout) as { certificates: { name: string }[]; certificateAuthorities: object[] };
    expect(document).toMatchObject({
      kind: "CertificateExpirationInfo",
      apiVersion: "output.kubeadm.k8s.io/v1alpha3",
    });
    expect(document.certificates.map(({ name }) => name)).toEqual([
      ...["admin.conf", "apiserver", "apiserver-etcd-client", "apiserver-kubelet-client", "controller-manager.conf"],
      ...[
        "etcd-healthcheck-client",
        "etcd-peer",
        "etcd-server",
        "front-proxy-client",
        "scheduler.conf",
        "super-admin.conf",
      ],
    ]);
    expect(document.certificates[1]).toMatchObject({ caName: "ca", externallyManaged: false, missing: false });
    expect((await certs("check-expiration", "--output=yaml")).stdout).toContain("kind: CertificateExpirationInfo\n");
  });

  it.each<[string[], string]>([
    [[], 'missing subcommand; "certs" is not meant to be run on its own'],
    [["nonsense"], 'invalid subcommand: "nonsense"'],
    [["renew"], 'missing subcommand; "renew" is not meant to be run on its own'],
    [["renew", "kubelet.conf"], 'invalid subcommand: "kubelet.conf"'],
    [["renew", "all", "now"], 'unknown command "now" for "kubeadm certs renew all"'],
    [["renew", "all", "--output=json"], "unknown flag: --output"],
    [["renew", "all", "--force"], "unknown flag: --force"],
    [["check-expiration", "-o", "xml"], 'invalid output format "xml"'],
  ])("refuses %o", async (args, words) => {
    const ran = await certs(...args);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(words);
  });

  it("renews every certificate with its names, and no CA; the API serves the new one once its container is stopped", async () => {
    const files = ["ca.crt", "ca.key", "etcd/ca.crt", "front-proxy-ca.crt", "sa.key"].map((file) => `${PKI}/${file}`);
    const cas = files.map((file) => node.read(file));
    const old = new X509Certificate(node.read(`${PKI}/apiserver.crt`));
    const peer = new X509Certificate(node.read(`${PKI}/etcd/peer.crt`));
    const admin = node.read("etc/kubernetes/admin.conf");
    const kubelet = node.read("etc/kubernetes/kubelet.conf");
    expect(await served()).toBe(old.serialNumber);

    const ran = await certs("renew", "all");
    expect(ran.code).toBe(0);
    expect(ran.stdout.split("\n").filter((line) => line.endsWith(" renewed"))).toEqual(RENEWED);
    expect(ran.stdout).toContain("\nDone renewing certificates. You must restart the kube-apiserver,");
    expect(files.map((file) => node.read(file))).toEqual(cas);
    expect(node.read("etc/kubernetes/kubelet.conf")).toBe(kubelet);
    const made = new X509Certificate(node.read(`${PKI}/apiserver.crt`));
    expect(made.serialNumber).not.toBe(old.serialNumber);
    expect([made.subject, made.subjectAltName]).toEqual([old.subject, old.subjectAltName]);
    expect(new X509Certificate(node.read(`${PKI}/etcd/peer.crt`)).subjectAltName).toBe(peer.subjectAltName);
    const renewed = node.read("etc/kubernetes/admin.conf");
    expect(renewed).not.toBe(admin);
    expect(renewed.replaceAll(/data: .*/g, "")).toBe(admin.replaceAll(/data: .*/g, ""));

    expect(await served()).toBe(old.serialNumber);
    expect((await kubectl(node, ["get", "nodes"])).code).toBe(0);
    const before = await containers();
    for (const id of before.values()) expect((await crictl("stop", "--timeout", "30", id)).stdout).toBe(`${id}\n`);
    await eventually(async () => (await containers()).size === 4, "the control plane is back", 20);
    const after = await containers();
    for (const [name, id] of before) expect(after.get(name), name).not.toBe(id);
    expect(await served()).toBe(serial(`${PKI}/apiserver.crt`));
    const pods = await kubectl(node, ["get", "pods", "-n", "kube-system"]);
    expect(pods.stdout).toMatch(/^etcd-master1\.example\.com +1\/1 +Running +1 /m);
  }, 60_000);

  it("renews one by name; a missing one is told, an unreadable one is an error", async () => {
    const scheduler = node.read("etc/kubernetes/scheduler.conf");
    const admin = node.read("etc/kubernetes/admin.conf");
    expect((await certs("renew", "scheduler.conf")).code).toBe(0);
    expect(node.read("etc/kubernetes/scheduler.conf")).not.toBe(scheduler);
    expect(node.read("etc/kubernetes/admin.conf")).toBe(admin);
    const text = node.read(`${PKI}/front-proxy-client.crt`);
    rmSync(`${node.root}/${PKI}/front-proxy-client.crt`);
    expect((await certs("renew", "front-proxy-client")).stdout).toContain(
      "MISSING! certificate for the front proxy client\n",
    );
    expect((await certs("check-expiration")).stdout).toMatch(/^!MISSING! front-proxy-client$/m);
    node.write(`${PKI}/front-proxy-client.crt`, "");
    const empty = await certs("renew", "front-proxy-client");
    expect(empty.code).toBe(1);
    expect(empty.stderr).toContain("failed to load existing certificate front-proxy-client");
    node.write(`${PKI}/front-proxy-client.crt`, text);
  });

  it("makes certificates that end soon with PRACTICE_CERT_DAYS", async () => {
    const env = { ...node.env, PRACTICE_CERT_DAYS: "10" };
    expect((await runProgram("kubeadm", ["certs", "renew", "apiserver-kubelet-client"], env)).code).toBe(0);
    const ends = new Date(new X509Certificate(node.read(`${PKI}/apiserver-kubelet-client.crt`)).validTo);
    expect((ends.getTime() - Date.now()) / 86_400_000).toBeCloseTo(10, 1);
    expect((await certs("check-expiration")).stdout).toMatch(/^apiserver-kubelet-client .* 9d/m);
  });

  it("needs the keys of the CAs on the node", async () => {
    const keys = ["ca.key", "etcd/ca.key"].map((file) => [file, node.read(`${PKI}/${file}`)] as const);
    const before = serial(`${PKI}/apiserver.crt`);
    for (const [file] of keys) rmSync(`${node.root}/${PKI}/${file}`);
    const external = await certs("renew", "apiserver");
    expect(external.stdout).toContain(
      "Detected external ca, certificate for serving the Kubernetes API can't be renewed",
    );
    expect(external.code).toBe(0);
    expect(serial(`${PKI}/apiserver.crt`)).toBe(before);
    const etcd = await certs("renew", "etcd-server");
    expect(etcd.code).toBe(1);
    expect(etcd.stderr).toContain("failure loading etcd-ca certificate authority: couldn't load the private key file");
    for (const [file, text] of keys) node.write(`${PKI}/${file}`, text);
  });

  it("renews without an API, from defaults", async () => {
    const before = serial(`${PKI}/apiserver.crt`);
    await node.run(`${node.root}/fake/rc-service`, ["kubelet", "stop"]);
    process.kill(Number(node.read("run/practice/kube-apiserver.pid")), "SIGTERM");
    await eventually(async () => (await served()) === "", "the API is down");
    const ran = await certs("renew", "all");
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain(
      "[renew] Error reading configuration from the Cluster. Falling back to default configuration\n",
    );
    expect(serial(`${PKI}/apiserver.crt`)).not.toBe(before);
  });
});

describe("kubeadm certs before 1.31", () => {
  it("has no --output", async () => {
    const image = practiceImage("v1.30.14");
    const node = await practiceNode(image);
    const ran = await node.run("kubeadm", ["certs", "check-expiration", "--output=json"]);
    expect(ran.stderr).toContain("unknown flag: --output");
    node.dispose();
    rmSync(image, { recursive: true });
  });
});

describe("crictl stop", () => {
  it("refuses an unknown container and a timeout that is no number", async () => {
    const image = practiceImage();
    const node = await practiceNode(image);
    await node.startRuntime();
    const unknown = await node.run("crictl", ["stop", "abc"]);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('stopping the container "abc": rpc error: code = NotFound');
    expect((await node.run("crictl", ["stop", "--timeout", "30s", "abc"])).stderr).toContain("invalid argument");
    expect((await node.run("crictl", ["stop"])).stderr).toContain("ID cannot be empty");
    node.dispose();
    rmSync(image, { recursive: true });
  });
});
