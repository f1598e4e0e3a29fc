import type { NodeFacts } from "../../alpine/facts.js";
import { runNodeScript } from "../../alpine/node-commands.js";
import { servingVariables } from "../../alpine/variables.js";
import { readIfExists } from "../../base/files.js";
import type { ClusterContext } from "../../engine/context.js";
import type { NodeSession } from "../../engine/node-session.js";
import { tellLines } from "../../engine/tell-lines.js";
import { warn } from "../../engine/warn.js";
import { forEachNode } from "../../remote/for-each-node.js";
import { readServingScript } from "../../templates/cluster-files.js";
import { SERVING_FILE } from "./certificates.js";
import { isServingPemDue, servingPemPath, servingPems } from "./serving-pem.js";

/**
 * Whether the kubelet of a node that has joined needs another certificate than the one that it shows: the folder has
 * another one for it, or lacks one that fits and is valid for a month.
 */
export async function isServingDue(context: ClusterContext, { node, facts }: NodeSession): Promise<boolean> {
  const shown = shownBy(facts);
  if (facts.state !== "finished" || shown === undefined) return false;
  if (await isServingPemDue(context, node)) return true;
  const [, body = ""] = CERTIFICATE.exec((await readIfExists(servingPemPath(node.name, context.paths))) ?? "") ?? [];
  return shown !== body.replace(/\s/g, "");
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/;

/** Undefined for a kubelet that has no certificate there: it was told to take another one. */
function shownBy({ certificates }: NodeFacts): string | undefined {
  return certificates.find(({ path }) => path === SERVING_FILE)?.base64;
}

/**
 * Gives the kubelets of nodes that have joined the certificates that the folder has for them, or new ones with `anew`, and
 * starts them again. Pods go on. Cut off at any moment, it is done by the next run. Warns when nobody has the CA's key.
 */
export async function putServing(
  context: ClusterContext,
  sessions: readonly NodeSession[],
  how: { readonly anew?: boolean } = {},
): Promise<void> {
  const nodes = sessions.map(({ node }) => node);
  const pems = await servingPems(context, nodes, how);
  const named = sessions.map((session) => ({ name: session.node.name, session }));
  await forEachNode(named, "renewing", async ({ name, session }) => {
    const pem = pems.get(name);
    if (pem === undefined) warn(context, `${name}: ${NO_KEY}`);
    else await put(context, session, pem);
  });
}

async function put(context: ClusterContext, session: NodeSession, pem: string): Promise<void> {
  const { node, host } = session;
  const script = await readServingScript();
  const variables = servingVariables({ ...context.fleet.nodeInput(session), servingPem: pem });
  const { progress, log, signal } = context;
  const activity = "renewing the kubelet's certificate";
  await tellLines({ progress, log, name: node.name, activity }, (onLine) =>
    runNodeScript(host, { name: "serving.sh", script, variables, secrets: [pem], signal, onLine }),
  );
  progress.node(node.name, "the kubelet's certificate is renewed");
}

const NO_KEY =
  "its kubelet's certificate is not renewed, for the CA's key is neither here nor on a master: put it into " +
  "/etc/kubernetes/pki/ca.key of a master for that time";
