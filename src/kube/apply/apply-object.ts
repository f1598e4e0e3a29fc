import type { ApiPaths } from "../api-paths.js";
import { withProtocols } from "./with-protocols.js";
import { errorFromAnswer } from "../kube-error.js";
import { describeObject, type KubeObject } from "../kube-object.js";
import type { Answer, ApplyHow, RequestOptions } from "../transport.js";

interface Sent extends RequestOptions {
  readonly method: "POST" | "PATCH";
  readonly path: string;
  readonly body: string;
  readonly contentType: string;
}

interface Means {
  readonly send: (sent: Sent) => Promise<Answer>;
  readonly paths: ApiPaths;
}

interface Wish extends RequestOptions {
  readonly fieldManager: string;
  readonly how: ApplyHow;
}

/**
 * Objects of this group are merged into what is there: Kubernetes 1.20's API server panics when an APIService is applied
 * ("FieldManager must be installed to run apply") and ends the connection.
 */
const NOT_APPLIED = "apiregistration.k8s.io/";

/** Server-side apply of one object; the API's answer. Throws KubeError with the API's words, and UnknownKind. */
export async function applyObject({ send, paths }: Means, object: KubeObject, wish: Wish): Promise<Answer> {
  const { fieldManager, how, ...options } = wish;
  const path = await paths.of(object, options);
  const query = `?fieldManager=${encodeURIComponent(fieldManager)}${how.dryRun === true ? "&dryRun=All" : ""}`;
  const same = { body: JSON.stringify(withProtocols(object)), ...options };
  const merged = async (): Promise<Answer> => {
    const contentType = "application/merge-patch+json";
    const answer = await send({ method: "PATCH", path: `${path}${query}`, contentType, ...same });
    if (answer.status !== 404) return answer;
    const folder = path.slice(0, path.lastIndexOf("/"));
    return send({ method: "POST", path: `${folder}${query}`, contentType: "application/json", ...same });
  };
  const applied = (): Promise<Answer> =>
    send({
      ...{ method: "PATCH", path: `${path}${query}&force=${how.force}`, contentType: "application/apply-patch+yaml" },
      ...same,
    });
  const answer = await (object.apiVersion.startsWith(NOT_APPLIED) ? merged() : applied());
  if (answer.status >= 300) throw errorFromAnswer(`applying ${describeObject(object)}`, answer.status, answer.body);
  return answer;
}
