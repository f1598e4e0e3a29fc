import type { ShownToken } from "../../operations/token/token.js";

/** The state of the folder's token as people read it. */
export function tokenText(shown: ShownToken): string {
  return [
    ...stateLines(shown),
    "",
    "What a node needs besides the token to join:",
    `  endpoint      ${shown.endpoint}`,
    `  CA cert hash  ${shown.caCertHash}`,
  ].join("\n");
}

const RENEW = "up and add-node make it valid again when a node joins; alpine-k8s token rotate makes a new one.";

/** What follows the token's public half, for each state. */
const STATES: Readonly<Record<ShownToken["state"], (until: string) => string>> = {
  none: () => "",
  valid: (until) => `, valid until ${until}.`,
  expiring: (until) => `, valid until ${until}, too short for a join.`,
  expired: (until) => `, expired at ${until}.`,
  missing: () => ", which the cluster does not know (it may have expired).",
  unusable: () => ", for which the cluster has another secret, or which may not be used for joins.",
};

function stateLines({ file, id, state, expires }: ShownToken): readonly string[] {
  if (id === null) return [`There is no ${file}; alpine-k8s up makes one, alpine-k8s token rotate too.`];
  const line = `${file}: token ${id}${STATES[state](expires ?? "it is revoked")}`;
  return state === "valid" ? [line] : [line, RENEW];
}
