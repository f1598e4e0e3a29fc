import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startInBench } from "../../test/stories/support/bench.js";
import type { TestCluster } from "../../test/stories/support/cluster.js";
import { waitFor } from "../../test/stories/support/programs.js";

/** Where `practice` keeps what it has built (docs/practice.md). */
const CACHE = process.env["ALPINE_K8S_PRACTICE_CACHE"] ?? "/var/cache/alpine-k8s-practice";

/**
 * Kubernetes' own hollow nodes (kubemark), `count` of them, in a running cluster: a real kubelet each, without machine
 * and containers. Returns once all are Ready; what it returns ends them, and removes their nodes.
 */
export async function hollowNodes(cluster: TestCluster, count: number): Promise<() => Promise<void>> {
  const kubemark = await newestKubemark();
  const logs = await mkdtemp(join(tmpdir(), "hollow-"));
  const names = Array.from({ length: count }, (_, index) => `hollow${index + 1}`);
  const running = names.map((name, index) =>
    startInBench([
      ...[kubemark, "--morph=kubelet", `--name=${name}`, "--kubeconfig", join(cluster.folder, "admin.config")],
      ...[`--kubelet-port=${20_000 + index}`, `--kubelet-read-only-port=${21_000 + index}`],
      ...["--logtostderr=false", `--log-dir=${logs}`, "--stderrthreshold=4"],
    ]),
  );
  const areReady = async (): Promise<boolean> => {
    const ready = /^hollow\d+\s+Ready\b/gm;
    return ((await cluster.kubectl("get", "nodes")).stdout.match(ready) ?? []).length === count;
  };
  const end = async (): Promise<void> => {
    for (const { child } of running) child.kill("SIGKILL");
    await Promise.all(running.map(({ done }) => done));
    await cluster.kubectl("delete", "node", ...names);
    await rm(logs, { recursive: true, force: true });
  };
  try {
    await waitFor(`${count} hollow nodes are Ready`, areReady, 10 * 60_000);
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}

async function newestKubemark(): Promise<string> {
  const built = (await readdir(CACHE)).filter((name) => /^kubernetes-[0-9a-f]+$/.test(name));
  const [folder] = built;
  if (folder === undefined) throw new Error(`no Kubernetes in ${CACHE}: npm run practice builds it`);
  return join(CACHE, folder, "kubemark");
}
