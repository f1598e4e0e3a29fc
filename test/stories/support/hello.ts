import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { parseAllDocuments } from "yaml";
import { fqdn, lines, type TestCluster } from "./cluster.js";
import { IMAGE, PRACTICE_IMAGE } from "./pods.js";
import { expectDone, waitFor, ROOT } from "./programs.js";

/**
 * The cluster works: a pod runs on every node, and a pod reaches each of them by the Service's name, that is through
 * DNS, kube-proxy and the network between nodes. Can be called repeatedly. `slower` says how many times longer than
 * containers the nodes may take.
 */
export async function everyNodeServes(cluster: TestCluster, nodes: readonly string[], slower = 1): Promise<void> {
  const manifest = (await readFile(join(ROOT, "practice/hello.yaml"), "utf8")).replaceAll(PRACTICE_IMAGE, IMAGE);
  expectDone(await cluster.apply(...parseAllDocuments(manifest).map((one) => one.toJS() as object)));
  expectDone(await cluster.kubectl("rollout", "status", "daemonset/hello", `--timeout=${180 * slower}s`));
  const wanted = nodes.map((node) => `hello from ${fqdn(node)}`).sort();
  const heard = new Set<string>();
  await waitFor(
    `a pod hears ${wanted.join(", ")}`,
    async () => {
      const from = lines((await cluster.kubectl("get", "pods", "-l", "app=hello", "-o", "name")).stdout);
      for (const pod of from) {
        // Not wget's own time limit: with it BusyBox 1.35 crashes.
        const ask = ["busybox", "timeout", `${3 * slower}`, "wget", "-q", "-O", "-", "http://hello.default/"];
        const asked = await cluster.kubectl("exec", pod, "--", ...ask);
        if (asked.code === 0) heard.add(asked.stdout.trim());
      }
      return heard.size >= wanted.length;
    },
    120_000 * slower,
  );
  expect([...heard].sort()).toEqual(wanted);
}
