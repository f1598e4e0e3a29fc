import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startInBench } from "../../test/stories/support/bench.js";
import type { TestCluster } from "../../test/stories/support/cluster.js";
import { waitFor } from "../../test/stories/support/programs.js";

/** Where `practice` keeps what it has built (docs/practice.md). */
const CACHE = process.env["ALPINE_K8S_PRACTICE_CACHE"] ?? "/var/cache/alpine-k8s-practice";

/** Runs a command with a folder as its /tmp, where every hollow kubelet makes a socket of the same name. */
const OWN_TMP = ["unshare", "--mount", "sh", "-c", 'mount --bind "$1" /tmp; shift; exec "$@"', "sh"];

/**
 * Kubernetes' own hollow nodes (kubemark), `count` of them, in a running cluster: a real kubelet each, without machine
 * and containers. Returns once all are Ready; what it returns ends them, and removes their nodes.
 */
export async function hollowNodes(cluster: TestCluster, count: number): Promise<() => Promise<void>> {
  const kubemark = await newestKubemark();
  const folder = await mkdtemp(join(tmpdir(), "hollow-"));
  await chmod(folder, 0o711);
  const names = Array.from({ length: count }, (_, index) => `hollow${index + 1}`);
  const running = await Promise.all(
    names.map(async (name, index) => {
      // A user each, as the kernel counts watches of files by user, and a hundred kubelets have more than one user may.
      const user = 50_000 + index;
      const own = join(folder, name);
      const config = join(own, "config");
      await mkdir(own, { mode: 0o700 });
      await copyFile(join(cluster.folder, "admin.config"), config);
      for (const path of [config, own]) await chown(path, user, user);
      const kubelet = [kubemark, "--morph=kubelet", `--name=${name}`, "--kubeconfig=/tmp/config"];
      const ports = [`--kubelet-port=${20_000 + index}`, `--kubelet-read-only-port=${21_000 + index}`];
      const quiet = ["--logtostderr=false", "--log-dir=/tmp", "--stderrthreshold=4"];
      return startInBench([...OWN_TMP, own, ...asUser(user), ...kubelet, ...ports, ...quiet]);
    }),
  );
  const areReady = async (): Promise<boolean> => {
    const ready = /^hollow\d+\s+Ready\b/gm;
    return ((await cluster.kubectl("get", "nodes")).stdout.match(ready) ?? []).length === count;
  };
  const end = async (): Promise<void> => {
    for (const { child } of running) child.kill("SIGKILL");
    await Promise.all(running.map(({ done }) => done));
    await cluster.kubectl("delete", "node", ...names);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitFor(`${count} hollow nodes are Ready`, areReady, 10 * 60_000);
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}

/** What of root a kubelet needs, for another user. */
function asUser(user: number): readonly string[] {
  const powers = "chown dac_override fowner kill net_admin sys_admin sys_ptrace syslog".split(" ");
  const list = powers.map((one) => `+${one}`).join(",");
  return ["setpriv", `--reuid=${user}`, "--clear-groups", `--inh-caps=${list}`, `--ambient-caps=${list}`];
}

async function newestKubemark(): Promise<string> {
  const built = (await readdir(CACHE)).filter((name) => /^kubernetes-[0-9a-f]+$/.test(name));
  const [folder] = built;
  if (folder === undefined) throw new Error(`no Kubernetes in ${CACHE}: npm run practice builds it`);
  return join(CACHE, folder, "kubemark");
}
