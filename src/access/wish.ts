import { AlpineK8sError } from "../base/errors.js";
import { parseQuota, quotaText } from "./quota.js";
import { USERS_NAMESPACE, type Kind, type Role, type Wish } from "./user.js";

/** What the user of this program typed. */
export interface Asked {
  readonly name: string;
  readonly role: Role | undefined;
  readonly namespace: string | undefined;
  readonly quota: string | undefined;
  readonly kind: Kind | undefined;
  readonly days: number | undefined;
  /** Whether a request for a certificate was given. */
  readonly hasRequest: boolean;
}

/**
 * Characters of a name: the name of a certificate's group has it, and 33 characters more, and X.509 allows 64 there
 * (RFC 5280, ub-organization-name).
 */
const LONGEST_NAME = 31;

/** A name that objects, namespaces and certificates all take (RFC 1123, a label). */
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Days that a user has when nothing else is said. */
const USUAL_DAYS = 90;
const MOST_DAYS = 3650;

/** The first minor version of Kubernetes whose API takes the life of a certificate (`expirationSeconds`). */
const LIFETIMES_SINCE = 22;

/** What was asked for, with all that was left out. Throws `usage` for anything that cannot be. Asks nobody. */
export function wishOf(asked: Asked, minor: number): Wish {
  checkName(asked.name);
  const role = asked.role ?? "edit";
  const kind = asked.kind ?? (asked.hasRequest ? "certificate" : "token");
  if (asked.hasRequest && kind === "token") {
    throw usage("--csr is a request for a certificate, and --kind token makes none", ["leave one of them out"]);
  }
  const quota = asked.quota === undefined ? null : quotaText(parseQuota(asked.quota));
  return {
    name: asked.name,
    role,
    namespace: namespaceOf(asked, role),
    quota,
    kind,
    days: daysOf(asked.days, kind, minor),
  };
}

/** Throws `usage` for what is no name of a user. */
export function checkName(name: string): void {
  if (LABEL.test(name) && name.length <= LONGEST_NAME) return;
  const why =
    name.length > LONGEST_NAME
      ? `has ${name.length} characters, and ${LONGEST_NAME} is the most`
      : "is no name that Kubernetes takes: lower-case letters, digits and -, with a letter or digit at both ends";
  throw usage(`the user's name ${JSON.stringify(name)} ${why}`, ["for example: alpine-k8s user add anna"]);
}

/** How many days a token or certificate is to last; null where Kubernetes does not let us choose. Throws `usage`. */
export function daysOf(asked: number | undefined, kind: Kind, minor: number): number | null {
  if (asked !== undefined && (asked < 1 || asked > MOST_DAYS)) {
    const why = asked < 1 ? "it would have ended already" : `${MOST_DAYS} is the most`;
    throw usage(`--days ${asked}: ${why}`, [`for example: --days ${USUAL_DAYS}`]);
  }
  if (kind === "token" || minor >= LIFETIMES_SINCE) return asked ?? USUAL_DAYS;
  if (asked === undefined) return null;
  throw usage(
    `--days: Kubernetes 1.${minor} gives every certificate the life that the cluster has set, mostly a year; ` +
      `it can be chosen since 1.${LIFETIMES_SINCE}`,
    ["leave --days out", "or, with an end of your choice: --kind token"],
  );
}

function namespaceOf({ name, namespace, quota }: Asked, role: Role): string | null {
  if (role === "cluster-admin") {
    const flag = namespace !== undefined ? "--namespace" : quota !== undefined ? "--quota" : undefined;
    if (flag === undefined) return null;
    throw usage(`${flag} means nothing with --role cluster-admin, who may do everything everywhere`, [
      `leave ${flag} out, or take --role admin`,
    ]);
  }
  const wanted = namespace ?? name;
  if (!LABEL.test(wanted) || wanted.length > 63) {
    throw usage(`--namespace ${JSON.stringify(wanted)} is no name of a namespace`, [`for example: --namespace team`]);
  }
  if (!wanted.startsWith("kube-") && wanted !== USERS_NAMESPACE) return wanted;
  throw usage(
    `the namespace ${wanted} is the cluster's own: who may change things there may change the whole cluster`,
    namespace === undefined
      ? [`in a namespace of another name: alpine-k8s user add ${name} --namespace NAME`]
      : ["take another namespace, or say what you mean: --role cluster-admin"],
  );
}

function usage(message: string, hints: readonly string[]): AlpineK8sError {
  return new AlpineK8sError("usage", message, { hints });
}
