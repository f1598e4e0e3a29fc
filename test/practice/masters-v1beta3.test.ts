import { afterAll, expect, it } from "vitest";
import { Masters } from "./masters.js";

const cluster = new Masters("v1.30.4");
afterAll(() => {
  cluster.dispose();
});

/** The documents as kubeadm took them before 1.31. */
const old = (text: string): string =>
  text
    .replaceAll("v1beta4", "v1beta3")
    .replace(/kubeletExtraArgs:\n.*\n +value: (.*)/, "kubeletExtraArgs: {node-ip: $1}")
    .replace(/timeouts:\n( .*\n)+/, "")
    .replace("v1.36.1", "v1.30.4");

it("v1beta3: a master joins a cluster of 1.30, its kubelet by the shared endpoint and before etcd", async () => {
  const one = await cluster.first(old);
  const two = await cluster.node();
  cluster.share(one, two);
  const ran = await cluster.join(two, "master2.example.com", true, old);
  expect(ran.code, ran.stderr).toBe(0);
  const steps = [
    "[check-etcd]",
    "[kubelet-start] Waiting for the kubelet to perform",
    "[etcd] Announced",
    "[mark-control-plane]",
  ];
  const places = steps.map((step) => ran.stdout.indexOf(step));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places[0]).toBeGreaterThan(0);
  expect(two.read("etc/kubernetes/kubelet.conf")).toContain(`localhost:${String(cluster.endpoint.port)}`);
  expect(await cluster.members(two)).toHaveLength(2);
}, 90_000);
