import type { RemoteHost } from "../remote/remote-host.js";
import { KubeError, unreachable } from "./kube-error.js";
import type { Answer, KubeTransport, RequestOptions } from "./transport.js";

/** Milliseconds for one kubectl on a node; its own requests end after 30 s. */
const TIMEOUT = 90_000;

/** First word of the line that tells of a failed kubectl; on standard output, so that exit codes stay ssh's affair. */
const FAILED = "@kubectl-failed";

const KUBECTL = "kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=30s";

// Standard error is caught apart, as warnings of a good answer must not end up in its JSON.
const READ_OR_DELETE = `exec 3>&1
if failure=$(${KUBECTL} "$AK8S_VERB" --raw="$AK8S_PATH" 2>&1 >&3); then exit 0; fi
printf '\\n${FAILED} %s\\n' "$failure"
`;

const APPLY = `if failure=$(${KUBECTL} apply --server-side --force-conflicts --field-manager="$AK8S_FIELD_MANAGER" -f - 2>&1 >/dev/null); then exit 0; fi
printf '${FAILED} %s\\n' "$failure"
`;

/**
 * The API through kubectl on a master, with the node's own admin.conf: for clusters whose API this computer cannot
 * reach. Objects go over standard input; nothing of them is in a command line.
 */
export function nodeTransport(host: RemoteHost): KubeTransport {
  const raw = async (verb: "get" | "delete", path: string, options: RequestOptions): Promise<Answer> => {
    const { stdout } = await host.run({
      name: `kube ${verb}`,
      script: READ_OR_DELETE,
      variables: { AK8S_VERB: verb, AK8S_PATH: path },
      readOnly: verb === "get",
      // Answers can be Secrets, and long.
      secretOutput: true,
      timeout: TIMEOUT,
      ...options,
    });
    const failure = failureIn(stdout);
    if (failure === undefined) return { status: 200, body: stdout };
    return answerFrom(failure, `${verb} ${path} with kubectl on ${host.name}`);
  };
  return {
    via: "node",
    description: `kubectl on ${host.name}`,
    get: (path, options) => raw("get", path, options),
    delete: (path, options) => raw("delete", path, options),
    apply: async (objects, fieldManager, options) => {
      if (objects.length === 0) return;
      const { stdout } = await host.run({
        name: "kube apply",
        script: APPLY,
        variables: { AK8S_FIELD_MANAGER: fieldManager },
        input: JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
        timeout: TIMEOUT * 2,
        ...options,
      });
      const failure = failureIn(stdout);
      if (failure === undefined) return;
      const { status, reason } = readFailure(failure);
      throw new KubeError(`${host.name}: kubectl apply`, status, reason, failure);
    },
    close: () => undefined,
  };
}

function failureIn(stdout: string): string | undefined {
  const at = stdout.lastIndexOf(`${FAILED} `);
  return at === -1 ? undefined : stdout.slice(at + FAILED.length + 1).trim();
}

function answerFrom(failure: string, what: string): Answer {
  const { status, reason } = readFailure(failure);
  if (status === 0) throw unreachable(what, failure);
  return { status, body: JSON.stringify({ kind: "Status", reason, message: failure }) };
}

const STATUS_OF: Readonly<Record<string, number>> = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
};

// kubectl says "Error from server (NotFound): …", or without the brackets when the answer had no reason.
function readFailure(failure: string): { status: number; reason: string } {
  const reason = /Error from server \((\w+)\)/.exec(failure)?.[1];
  if (reason !== undefined) return { status: STATUS_OF[reason] ?? 500, reason };
  if (failure.includes("You must be logged in to the server")) return { status: 401, reason: "Unauthorized" };
  return { status: failure.includes("Error from server") ? 500 : 0, reason: "" };
}
