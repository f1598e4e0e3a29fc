import type { HostEntry } from "../../../../src/model/spec/cluster-spec.js";
import { refusal } from "./refusal.js";
import { runOn } from "./ssh.js";

/** The file that marks a machine as one on which everything may be lost. */
export const MARKER = "/etc/alpine-k8s/may-be-destroyed";

/** The versions on a machine; empty where it reports nothing. */
export interface MachineVersions {
  readonly name: string;
  readonly os: string;
  readonly kernel: string;
  readonly runtime: string;
  readonly kubernetes: string;
}

const LOOK = `
[ ! -e ${MARKER} ] || echo marker
echo "kernel $(uname -r)"
echo "os $(. /etc/os-release 2>/dev/null && echo "$PRETTY_NAME")"
echo "runtime $(containerd --version 2>/dev/null | awk '{ print "containerd", $3 }')"
echo "kubernetes $(kubeadm version -o short 2>/dev/null)"
`;

/**
 * Looks at every machine and changes nothing. Throws `node` with a line for each machine that cannot be reached or does
 * not have the marker.
 */
export async function lookAtMachines(
  hosts: readonly HostEntry[],
  run: typeof runOn = runOn,
): Promise<readonly MachineVersions[]> {
  const looks = await Promise.all(hosts.map(async (host) => ({ host, outcome: await run(host, LOOK) })));
  const faults = looks.flatMap(({ host: { name }, outcome: { code, stdout, stderr } }) => {
    if (code !== 0) return [stderr.startsWith(`${name}: `) ? stderr : `${name}: ${stderr}`];
    return stdout.split("\n").includes("marker") ? [] : [`${name}: ${MARKER} is not there`];
  });
  if (faults.length > 0)
    throw refusal(
      "node",
      ["not every machine says that it may be destroyed:", ...faults.map((fault) => `  ${fault.trim()}`)].join("\n"),
      `on each machine that may lose everything, as root: mkdir -p /etc/alpine-k8s && touch ${MARKER}`,
    );
  return looks.map(({ host, outcome }) => versionsIn(host.name, outcome.stdout));
}

function versionsIn(name: string, text: string): MachineVersions {
  const valueOf = (word: string): string => new RegExp(`^${word} (.*)$`, "m").exec(text)?.[1]?.trim() ?? "";
  const [os, kernel, runtime, kubernetes] = ["os", "kernel", "runtime", "kubernetes"].map(valueOf) as Four;
  return { name, os, kernel, runtime, kubernetes };
}

type Four = [string, string, string, string];
