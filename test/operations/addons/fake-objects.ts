import type { KubeApi, KubeObject } from "../../../src/kube/kube-api.js";
import { KubeError } from "../../../src/kube/kube-error.js";
import { FIELD_CONFLICT } from "../../../src/kube/apply/field-conflicts.js";
import type { FieldConflict } from "../../../src/kube/apply/field-conflicts.js";
import { pathOf } from "./object-path.js";

const READY = { observedGeneration: 1, updatedReplicas: 9, availableReplicas: 9 };

/** An API that keeps objects, and who owns them; it refuses what no add-on needs. */
export class FakeObjects {
  readonly objects = new Map<string, KubeObject>();
  /** Changes in their order, as `apply PATH` and `delete PATH`. */
  readonly writes: string[] = [];
  /** Fields that others own, by path of the object. */
  readonly foreign = new Map<string, readonly FieldConflict[]>();
  /** Workloads become available. */
  works = true;
  /** Writes that succeed before the connection is cut. */
  left = Infinity;
  /** What a write after those ends with. */
  cut = new Error("cut off");

  /** An object that somebody else made. */
  put(path: string, object: KubeObject): void {
    this.objects.set(path, object);
  }

  api(): KubeApi {
    const refuse = (path: string): never => {
      throw new Error(`the fake API knows no ${path}`);
    };
    return {
      ...{ via: "direct", description: "the fake API", text: refuse, patch: refuse, groupPath: refuse },
      get: (path) => Promise.resolve(this.#get(path)),
      find: (path) => Promise.resolve(this.objects.get(path)),
      list: (path) => Promise.resolve(this.#list(path)),
      pathOf: (object) => Promise.resolve(pathOf(object)),
      preview: (object) => Promise.resolve({ ...this.objects.get(pathOf(object)), ...object }),
      evict: ({ name }) => refuse(name),
      create: refuse,
      forward: ({ pod }) => refuse(pod),
      apply: async (objects, manager, _signal, how = { force: true }) => {
        for (const object of objects) await this.#apply(object, manager, how);
      },
      delete: (path) => {
        const bare = path.replace(/\?.*$/, "");
        this.#write(`delete ${bare}`);
        this.objects.delete(bare);
        return Promise.resolve();
      },
      readyz: () => Promise.resolve(undefined),
      close: () => undefined,
    };
  }

  #write(what: string): void {
    if (this.left <= 0) throw this.cut;
    this.left -= 1;
    this.writes.push(what);
  }

  #apply(object: KubeObject, manager: string, how: { force: boolean; dryRun?: boolean }): Promise<void> {
    const path = pathOf(object);
    const conflicts = this.foreign.get(path) ?? [];
    if (conflicts.length > 0 && !how.force) {
      const details = { causes: [FIELD_CONFLICT], conflicts };
      return Promise.reject(new KubeError(`applying ${path}`, 409, "Conflict", "Apply failed", details));
    }
    if (how.dryRun === true) return Promise.resolve();
    this.#write(`apply ${path}`);
    this.foreign.delete(path);
    const metadata = { ...object.metadata, uid: path, generation: 1, managedFields: [{ manager }] };
    this.objects.set(path, {
      ...object,
      metadata,
      ...(object.kind === "Deployment" && this.works ? { status: READY } : {}),
    });
    return Promise.resolve();
  }

  #list(path: string): KubeObject[] {
    const [folder = "", query] = path.split("?");
    if (/\/pods$/.test(folder)) return [];
    const all = [...this.objects].filter(([one]) => one.startsWith(`${folder}/`)).map(([, object]) => object);
    return query === undefined ? all : all.filter(({ metadata }) => /^alpine-k8s-addon-/.test(metadata.name));
  }

  #get(path: string): Readonly<Record<string, unknown>> {
    if (path === "/apis") return { groups: [] };
    if (path !== "/api/v1") throw new Error(`the fake API knows no ${path}`);
    const verbs = ["list", "delete"];
    return { resources: [{ name: "configmaps", kind: "ConfigMap", namespaced: true, verbs }] };
  }
}
