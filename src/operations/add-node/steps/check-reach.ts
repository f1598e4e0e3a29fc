import { AlpineK8sError } from "../../../base/errors.js";
import { API_PORT } from "../../../model/kubeadm/documents.js";
import { endpointAddresses } from "../../../model/topology/api-endpoint.js";
import { needsJoin } from "../../../nodes/nodes.js";
import { until } from "../../../base/wait.js";
import { forEachPending, pending, type AddedNode, type AddNodeContext } from "../context.js";
import type { Step } from "../../../engine/step.js";

/**
 * One attempt to connect from the node: to the name that kubeadm will use, then to each address behind it, because nc
 * tries only the first. BusyBox nc has no -z on some systems: a connection that had to be ended counts as reached.
 * Prints `reached`, or why not.
 */
export const REACH_SCRIPT = `
for host in $AK8S_HOSTS; do
  code=0
  words=$(timeout 5 nc -w 2 "$host" "$AK8S_PORT" </dev/null 2>&1 >/dev/null) || code=$?
  case $code in
    0 | 124 | 143)
      echo "reached"
      exit 0
      ;;
  esac
done
echo "\${words:-no connection}"
`;

const SECOND = 1000;

/** Before anything joins: the new node itself must reach the API's endpoint; a firewall or a route may prevent that. */
export const checkReach: Step<AddNodeContext> = {
  id: "check-reach",
  title: "Check the way to the API",
  plan: (context) => Promise.resolve(joiners(context).length === 0 ? "joined already" : []),
  run: (context) => forEachPending(context, (one) => (isJoiner(one) ? reach(context, one) : Promise.resolve())),
};

/** Whether the node still has to join, or its kubelet is not healthy; true until it is connected. */
function isJoiner({ session }: AddedNode): boolean {
  return session.value === undefined || needsJoin(session.value);
}

/** The pending nodes that still have to join. */
export function joiners(context: AddNodeContext): readonly AddedNode[] {
  return pending(context).filter(isJoiner);
}

async function reach(context: AddNodeContext, { node, session }: AddedNode): Promise<void> {
  const { identity, endpoint } = context.topology;
  const behind = endpointAddresses(endpoint);
  const addresses = behind.join(", ");
  const { host } = session.value ?? {};
  if (host === undefined) throw new AlpineK8sError("bug", `${node.name} was not connected`);
  const others = behind.length > 1 ? behind : [];
  const variables = { AK8S_HOSTS: [identity.endpointName, ...others].join(" "), AK8S_PORT: String(API_PORT) };
  context.progress.node(node.name, "checking the way to the API");
  await until({
    what: `${node.name} to reach the API at ${identity.endpointName}:${API_PORT} (${addresses})`,
    every: 2 * SECOND,
    atMost: 30 * SECOND,
    signal: context.signal,
    clock: context.tools.clock,
    hints: [
      `let ${node.address} through to ${addresses}, port ${API_PORT}: route, firewall, security group`,
      `on ${node.name}: nc -v ${identity.endpointName} ${API_PORT}`,
    ],
    check: async () => {
      const command = { name: "reach the API", script: REACH_SCRIPT, variables, readOnly: true, timeout: 20 * SECOND };
      const { stdout } = await host.run({ ...command, signal: context.signal });
      return stdout.trim() === "reached" ? undefined : stdout.trim();
    },
    onReason: (reason) => context.progress.node(node.name, `no way to the API yet: ${reason}`),
  });
}
