import { X509Certificate } from "node:crypto";
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { caHash } from "../../src/pki/ca.js";
import { nodeScript } from "../../src/templates/node-script.js";
import { packageTemplates } from "../../src/templates/package-files.js";
import {
  initDocuments,
  kubectl,
  practiceImage,
  practiceNode,
  runProgram,
  type PracticeNode,
  type Ran,
} from "./support.js";

let image: string;
let node: PracticeNode;
beforeAll(async () => {
  image = practiceImage();
  node = await practiceNode(image);
  await node.startRuntime();
  const done = await node.run("kubeadm", ["init", "--config", initDocuments(node)]);
  if (done.code !== 0) throw new Error(done.stderr);
  node.write("etc/init.d/kubelet", "#!/sbin/openrc-run\n");
}, 60_000);
afterAll(() => {
  node.dispose();
  rmSync(image, { recursive: true });
});

/** certs.sh with the paths and the kubelet's port of that node. */
function renew(): Promise<Ran> {
  const hash = caHash(node.read("etc/kubernetes/pki/ca.crt"));
  node.write("etc/alpine-k8s/init.finished", `${hash}\n`);
  const text = nodeScript("certs.sh", packageTemplates())
    .replaceAll("/etc/", `${node.root}/etc/`)
    .replaceAll("/run/alpine-k8s", `${node.root}/run/alpine-k8s`)
    .replaceAll("127.0.0.1:10248", `127.0.0.1:${String(10_248 + node.shift)}`);
  const variables = `AK8S_CA_HASH=${hash}\nAK8S_NODE_FQDN=master1.example.com\nAK8S_API_WAIT=30\n`;
  const kubectlFolder = dirname(process.env["ALPINE_K8S_TEST_KUBECTL"] ?? "/usr/bin/kubectl");
  const PATH = [node.env["PATH"], kubectlFolder, process.env["PATH"]].join(":");
  return runProgram("sh", [], { ...node.env, PATH }, variables + text);
}
const certificate = (): X509Certificate => new X509Certificate(node.read("etc/kubernetes/pki/apiserver.crt"));

it("certs.sh renews and restarts a control plane whose certificates have a day left", async () => {
  const env = { ...node.env, PRACTICE_CERT_DAYS: "1" };
  expect((await runProgram("kubeadm", ["certs", "renew", "all"], env)).code).toBe(0);
  const before = certificate();
  const oldProcess = node.read("run/practice/kube-apiserver.pid");
  const ran = await renew();
  expect(ran.stderr).toBe("");
  expect(ran.stdout).toContain(
    '@alpine-k8s {"script":"certs","changed":["certificates","etcd","kube-apiserver","kube-controller-manager","kube-scheduler"],',
  );
  expect(ran.code).toBe(0);
  expect(certificate().serialNumber).not.toBe(before.serialNumber);
  expect((new Date(certificate().validTo).getTime() - Date.now()) / 86_400_000).toBeGreaterThan(364);
  expect(node.read("run/practice/kube-apiserver.pid")).not.toBe(oldProcess);
  expect((await kubectl(node, ["get", "--raw=/readyz"])).stdout).toBe("ok");
  expect(node.has("etc/kubernetes/pki/alpine-k8s-renewal")).toBe(false);
}, 60_000);
