import { AlpineK8sError } from "../base/errors.js";
import type { ClusterContext } from "../engine/context.js";
import { tellWait } from "../engine/tell-wait.js";
import { furtherMasters, mastersToAsk } from "./masters.js";
import type { NodeSession } from "../engine/node-session.js";

/**
 * Without a leader etcd serves only its metrics: after a restart it does not answer a request for its members. The
 * kubelet keeps restarting it in this state, so it may be down for a moment.
 */
const METRICS = `turns=0
until timeout 5 wget -q -O - http://127.0.0.1:2381/metrics | grep '^etcd_server_has_leader '; do
  turns=$((turns + 1))
  [ "$turns" -lt 20 ] || exit 1
  sleep 2
done
`;
const METRICS_LIMIT = 180_000;

/**
 * The error to throw in place of `failure` when the API of the finished master `asked` does not come up because the
 * join of a second master was cut off. etcd counts the new member as soon as kubeadm adds it (before 1.29 with a vote),
 * and one of two is no majority. Returns `failure` itself in any other case.
 */
export async function causeOfNoApi(context: ClusterContext, asked: NodeSession, failure: unknown): Promise<unknown> {
  const name = asked.node.name;
  if (context.signal.aborted || asked.facts.state !== "finished" || mastersToAsk(context).length !== 2) return failure;
  const [second] = await furtherMasters(context);
  if (second === undefined || second.facts.state === "finished") return failure;
  tellWait(context, `${name}: whether its etcd has a leader`);
  // A single member would have elected itself long ago.
  if (!/^etcd_server_has_leader 0$/m.test(await askMetrics(context, asked))) return failure;
  return new AlpineK8sError(
    "unhealthy",
    `${name}: etcd has no leader: it counts a second member and needs both, and ${second.node.name} has not joined. Its join was cut off just then, or its machine is new. Nothing is lost: all data are on ${name}`,
    { node: name, hints: remedy(name), cause: failure },
  );
}

async function askMetrics({ signal }: ClusterContext, { host }: NodeSession): Promise<string> {
  try {
    const command = { name: "etcd metrics", script: METRICS, readOnly: true, timeout: METRICS_LIMIT, signal };
    return (await host.run(command)).stdout;
  } catch {
    signal.throwIfAborted();
    // Without metrics the cause stays unknown.
    return "";
  }
}

function remedy(name: string): readonly string[] {
  const manifest = "/etc/kubernetes/manifests/etcd.yaml";
  return [
    `let etcd continue as a single member (docs/masters.md, "When a join was cut off"). As root on ${name}, with: alpine-k8s ssh ${name}`,
    `cp -a /var/lib/etcd /var/lib/etcd.before && cp -p ${manifest} /root/etcd.yaml`,
    `sed 's/^    - etcd$/&\\n    - --force-new-cluster/' /root/etcd.yaml >/root/alone.yaml && mv /root/alone.yaml ${manifest}`,
    "until wget -q -O - http://127.0.0.1:2381/metrics | grep '^etcd_server_has_leader 1'; do sleep 2; done",
    `mv /root/etcd.yaml ${manifest}`,
    "then here: alpine-k8s up",
  ];
}
