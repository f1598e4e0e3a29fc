import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { RunInput } from "../../src/engine/run-input.js";
import type { Tools } from "../../src/engine/tools.js";
import type { KubeApi, KubeObject } from "../../src/kube/kube-api.js";
import { errorFromAnswer, type KubeError } from "../../src/kube/kube-error.js";
import { up } from "../../src/operations/up/up.js";
import { signed } from "../pki/sign-request.js";
import { FakeWorld, SPEC } from "./fake-world.js";

const HOME = "/api/v1/namespaces/alpine-k8s-users";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const SIGNING = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

/** What may be asked for; everything else is refused. */
const KNOWN = new RegExp(
  [
    "^/api/v1/namespaces/[a-z0-9-]+$",
    "^/api/v1/namespaces/alpine-k8s-users/(configmaps|secrets|serviceaccounts)/[a-z0-9-]+$",
    "^/api/v1/namespaces/[a-z0-9-]+/(resourcequotas|limitranges)/[a-z0-9-]+$",
    `^${RBAC}/namespaces/[a-z0-9-]+/rolebindings/[a-z0-9-]+$`,
    `^${RBAC}/clusterrolebindings/[a-z0-9-]+$`,
    `^${SIGNING}/[a-z0-9-]+$`,
  ].join("|"),
);

/** The ways in which a cluster may answer a request for a certificate. */
export type Signer = "signs" | "denies" | "sleeps" | "signs another key" | "signs another name";

interface Token {
  readonly account: string;
  readonly secret: string;
}

/** A running cluster whose API has users; it refuses what it was not told of. */
export class UsersWorld {
  /** What the API was asked to change, in order. */
  readonly changes: string[] = [];
  readonly objects = new Map<string, KubeObject>();
  /** Events of the namespaces, by namespace. */
  readonly events = new Map<string, KubeObject[]>();
  /** What each token is bound to: uids of account and Secret. */
  readonly tokens = new Map<string, Token>();
  signer: Signer = "signs";
  /** Seconds of the longest token and certificate that the cluster gives. */
  longest = Infinity;
  /** Called with each change before it is made. */
  onChange: (change: string) => void = () => undefined;

  private constructor(readonly world: FakeWorld) {}

  static async create(version = "v1.36.1"): Promise<UsersWorld> {
    const world = await FakeWorld.create(SPEC.replace("v1.36.1", version));
    const { signal } = new AbortController();
    await up({ folder: world.folder, overrides: {}, tools: world.tools(), progress: world.progress(), signal });
    return new UsersWorld(world);
  }

  get folder(): string {
    return this.world.folder;
  }

  input(): RunInput {
    const { signal } = new AbortController();
    return { folder: this.folder, tools: this.tools(), progress: this.world.progress(), signal };
  }

  tools(): Tools {
    const tools = this.world.tools();
    return { ...tools, kube: async (input) => this.#kube(await tools.kube(input)) };
  }

  /** Puts an object that somebody else has made. */
  has(object: KubeObject): void {
    this.objects.set(pathOf(object), withUid(object));
  }

  /** Paths of what is in the cluster, without what `onlyUsers` leaves when the last user is gone. */
  left(): string[] {
    const stays = [HOME, `${HOME}/configmaps/alpine-k8s-spent-certificates`];
    return [...this.objects.keys()].filter((path) => !stays.includes(path)).sort();
  }

  /** What a kubeconfig may do: the roles that the cluster's bindings give to it, as `ROLE in NAMESPACE`. */
  rights(kubeconfig: string): string[] {
    const { users } = parse(kubeconfig) as { users: { user: Record<string, string> }[] };
    const { token, "client-certificate-data": certificate } = users[0]?.user ?? {};
    const subject = token === undefined ? groupIn(certificate ?? "") : this.#accountOf(token);
    const bindings = [...this.objects.values()].filter(({ kind }) => /RoleBinding$/.test(kind));
    return bindings
      .filter(({ subjects }) => (subjects as { name: string }[]).some(({ name }) => name === subject))
      .map(({ roleRef, metadata }) => `${(roleRef as { name: string }).name} in ${metadata.namespace ?? "all"}`);
  }

  /** The text of a file in the cluster's folder. */
  file(name: string): Promise<string> {
    return readFile(join(this.folder, name), "utf8");
  }

  /** The account of a token; undefined when the API would not accept it. */
  #accountOf(token: string): string | undefined {
    const { account, secret } = this.tokens.get(token) ?? {};
    const uids = [...this.objects.values()].map(({ metadata }) => metadata["uid"]);
    if (!uids.includes(account) || !uids.includes(secret)) return undefined;
    return [...this.objects.values()].find(({ metadata }) => metadata["uid"] === account)?.metadata.name;
  }

  #change(change: string): void {
    this.changes.push(change);
    this.onChange(change);
  }

  #kube(base: KubeApi): KubeApi {
    return {
      ...base,
      find: (path, signal) => {
        signal?.throwIfAborted();
        if (!KNOWN.test(path)) throw new Error(`the fake API knows no ${path}`);
        return Promise.resolve(this.objects.get(path));
      },
      list: (path) => Promise.resolve(this.#list(path)),
      apply: (objects, manager) => {
        for (const object of objects) this.#apply(object, manager);
        return Promise.resolve();
      },
      create: async (path, document) => {
        this.#change(`create ${path}`);
        if (path.endsWith("/token")) return this.#token(path, document as KubeObject);
        const object = document as KubeObject;
        const at = `${path}/${object.metadata.name}`;
        if (path !== `${HOME}/configmaps` && path !== SIGNING) throw new Error(`the fake API creates no ${path}`);
        if (this.objects.has(at)) throw refusal(`POST ${path}`, 409, "AlreadyExists");
        this.objects.set(at, withUid(path === SIGNING && this.signer === "denies" ? denied(object) : object));
        return Promise.resolve(object);
      },
      patch: (path, patch) => {
        this.#change(`patch ${path}`);
        return this.#approve(path, patch);
      },
      delete: (path, signal) => {
        signal?.throwIfAborted();
        if (!KNOWN.test(path)) throw new Error(`the fake API knows no ${path}`);
        this.#change(`delete ${path}`);
        for (const at of [...this.objects.keys()]) {
          const within = path.startsWith("/api/v1/namespaces/") ? `${path.slice("/api/v1".length)}/` : "//";
          if (at === path || at.includes(within)) this.objects.delete(at);
        }
        return Promise.resolve();
      },
    };
  }

  #list(path: string): KubeObject[] {
    const all = [...this.objects];
    const [place = "", query = ""] = path.split("?");
    const [, namespace] = /^\/api\/v1\/namespaces\/([a-z0-9-]+)\/events$/.exec(place) ?? [];
    if (namespace !== undefined && query === "fieldSelector=reason%3DFailedCreate")
      return this.events.get(namespace) ?? [];
    const label = /^labelSelector=alpine-k8s%2Fuser(?:%3D([a-z0-9-]+))?$/.exec(query);
    const lists: Readonly<Record<string, RegExp>> = {
      [`${HOME}/configmaps`]: /\/configmaps\//,
      [`${HOME}/secrets`]: /\/secrets\//,
      [`${RBAC}/rolebindings`]: /\/rolebindings\//,
      [`${RBAC}/clusterrolebindings`]: /\/clusterrolebindings\//,
      [SIGNING]: /\/certificatesigningrequests\//,
      "/api/v1/resourcequotas": /\/resourcequotas\//,
    };
    const wanted =
      lists[place] ?? (/\/namespaces\/[a-z0-9-]+\/rolebindings$/.test(place) ? new RegExp(`^${place}/`) : undefined);
    if (wanted === undefined || (label === null && query !== "")) throw new Error(`the fake API lists no ${path}`);
    return all
      .filter(([at]) => wanted.test(at))
      .map(([, object]) => object)
      .filter(({ metadata }) => {
        const user = (metadata["labels"] as Record<string, string> | undefined)?.["alpine-k8s/user"];
        return label === null || (user !== undefined && (label[1] ?? user) === user);
      });
  }

  #apply(object: KubeObject, manager: string): void {
    const path = pathOf(object);
    this.#change(`apply ${object.kind} ${object.metadata.name} as ${manager}`);
    const { namespace } = object.metadata;
    if (namespace !== undefined && !this.objects.has(`/api/v1/namespaces/${namespace}`)) {
      throw refusal(`applying ${object.kind}`, 404, `namespaces "${namespace}" not found`);
    }
    const before = this.objects.get(path);
    if (before !== undefined && JSON.stringify(before["roleRef"]) !== JSON.stringify(object["roleRef"])) {
      throw refusal(`applying ${object.kind}`, 422, "cannot change roleRef");
    }
    this.objects.set(path, withUid(object, before?.metadata["uid"]));
  }

  #token(path: string, { spec }: KubeObject): Promise<Record<string, unknown>> {
    const { expirationSeconds, boundObjectRef } = spec as {
      expirationSeconds: number;
      boundObjectRef: { kind: string; name: string };
    };
    const account = this.objects.get(path.replace(/\/token$/, ""));
    const secret = this.objects.get(`${HOME}/secrets/${boundObjectRef.name}`);
    if (account === undefined || secret === undefined) throw refusal(`POST ${path}`, 404, "NotFound");
    const token = `secret.token.${randomUUID()}`;
    const uid = (object: KubeObject): string => object.metadata["uid"] as string;
    this.tokens.set(token, { account: uid(account), secret: uid(secret) });
    return Promise.resolve({ status: { token, expirationTimestamp: this.#end(expirationSeconds) } });
  }

  #end(seconds: number): string {
    return new Date(Date.now() + Math.min(seconds, this.longest) * 1000).toISOString().replace(/\.\d+Z/, "Z");
  }

  async #approve(path: string, patch: object): Promise<void> {
    const at = path.replace(/\/approval$/, "");
    const request = this.objects.get(at);
    if (!path.startsWith(SIGNING) || request === undefined) throw refusal(`PATCH ${path}`, 404, "NotFound");
    const { conditions } = (patch as { status: { conditions: { type: string; status: string }[] } }).status;
    if (conditions[0]?.type !== "Approved" || conditions[0].status !== "True") throw new Error("it was to be approved");
    if (this.signer === "sleeps") return;
    const spec = request["spec"] as {
      request: string;
      expirationSeconds?: number;
      signerName: string;
      usages: string[];
    };
    if (spec.signerName !== "kubernetes.io/kube-apiserver-client" || spec.usages.join() !== "client auth") {
      throw new Error("no signer of the cluster's takes this request");
    }
    const ca = {
      certificate: await this.file(".alpine-k8s/pki/ca.crt"),
      key: await this.file(".alpine-k8s/pki/ca.key"),
    };
    const certificate = await signed(ca, Buffer.from(spec.request, "base64").toString(), {
      notAfter: new Date(this.#end(spec.expirationSeconds ?? 365 * 86_400)),
      ...(this.signer === "signs another name" ? { subject: "O=system:masters, CN=root" } : {}),
      otherKey: this.signer === "signs another key",
    });
    this.objects.set(at, {
      ...request,
      status: { conditions, certificate: Buffer.from(certificate).toString("base64") },
    });
  }
}

function denied(object: KubeObject): KubeObject {
  const condition = { type: "Denied", status: "True", reason: "Policy", message: "not in this cluster" };
  return { ...object, status: { conditions: [condition] } };
}

function groupIn(certificate: string): string {
  return (
    /\/?alpine-k8s:user:[a-z0-9-]+:[0-9a-f]{16}/.exec(
      Buffer.from(
        Buffer.from(certificate, "base64")
          .toString()
          .replace(/-----[^-]+-----/g, ""),
        "base64",
      ).toString("latin1"),
    )?.[0] ?? ""
  );
}

function withUid(object: KubeObject, uid: unknown = randomUUID()): KubeObject {
  return { ...object, metadata: { ...object.metadata, uid } };
}

function refusal(what: string, status: number, message: string): KubeError {
  return errorFromAnswer(what, status, JSON.stringify({ message, reason: message }));
}

function pathOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}${namespace === undefined ? "" : `/namespaces/${namespace}`}/${kind.toLowerCase()}s/${name}`;
}
