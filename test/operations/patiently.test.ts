import { beforeEach, describe, expect, it } from "vitest";
import { applyWithRetry, retryWhileApiUnavailable } from "../../src/control-plane/retry-while-api-unavailable.js";
import { UnknownKind } from "../../src/kube/api-paths.js";
import type { KubeObject } from "../../src/kube/kube-object.js";
import { KubeError } from "../../src/kube/kube-error.js";
import { parseSpec } from "../../src/model/spec/parse-spec.js";
import { quickClock } from "../fakes/quick-clock.js";

const POOL: KubeObject = { apiVersion: "example.com/v1", kind: "Pool", metadata: { name: "p" } };
const refusal = (status: number): KubeError => new KubeError("applying Pool p", status, "", "no");
/** The error of Kubernetes 1.20 for a Service with ports without a protocol. */
const untyped = new KubeError(
  "applying Service s",
  500,
  "",
  'failed to create typed patch object: .spec.ports: element 0: associative list with keys has an element that omits key field "protocol" (and doesn\'t have default value)',
);

let clock = quickClock();
let reasons: (string | undefined)[] = [];
let logged: string[] = [];
let applied = 0;
beforeEach(() => {
  clock = quickClock();
  reasons = [];
  logged = [];
  applied = 0;
});

function context(signal = new AbortController().signal): Parameters<typeof applyWithRetry>[0] {
  return {
    tools: { clock },
    spec: parseSpec({ text: undefined, source: "s", folderName: "demo", overrides: {} }),
    signal,
    progress: { waiting: (reason: string | undefined) => reasons.push(reason) },
    log: { write: (name: string, line: string) => logged.push(`${name}: ${line}`) },
  } as unknown as Parameters<typeof applyWithRetry>[0];
}

/** An API that refuses to apply for the first `seconds`. */
function refusing(error: Error, seconds: number) {
  return {
    apply: (objects: readonly KubeObject[]): Promise<void> => {
      expect(objects).toEqual([POOL]);
      applied += 1;
      return clock.now() < seconds * 1000 ? Promise.reject(error) : Promise.resolve();
    },
  };
}

describe("applying a manifest to a young cluster", () => {
  it.each([
    ["a kind that was defined a moment ago", new UnknownKind(POOL)],
    ["a service account that is not made yet", refusal(403)],
    ["a kind that is not served yet", refusal(404)],
  ])("%s is waited for, and told", async (_, error) => {
    await applyWithRetry(context(), refusing(error, 20), [POOL]);
    expect(applied).toBe(11);
    // Once, however often it is tried, and taken back at the end.
    expect(reasons).toEqual([`${error.message}; it is tried again`, undefined]);
    expect(logged).toEqual([`waits: ${error.message}; it is tried again`]);
  });

  it.each([
    ["that does not come", new UnknownKind(POOL), 30],
    ["that stalls", refusal(503), 300],
    ["that finds it wrong", refusal(422), 0],
    ["that does not know its fields", untyped, 30],
  ])("an API %s is given its time and no more", async (_, error, seconds) => {
    await expect(applyWithRetry(context(), refusing(error, 1000), [POOL])).rejects.toBe(error);
    expect(clock.now()).toBe(seconds * 1000);
  });

  it("is ended by an interrupt", async () => {
    const controller = new AbortController();
    controller.abort(new Error("interrupted"));
    await expect(applyWithRetry(context(controller.signal), refusing(refusal(503), 9), [POOL])).rejects.toThrow(
      "interrupted",
    );
    expect(applied).toBe(1);
  });
});

describe("any other work with the API", () => {
  it("is given a minute while the API stalls; what it refuses is told at once", async () => {
    const busy = refusal(503);
    await expect(retryWhileApiUnavailable(context(), () => refusing(busy, 1000).apply([POOL]))).rejects.toBe(busy);
    expect(clock.now()).toBe(60_000);
    const forbidden = refusal(403);
    clock = quickClock();
    await expect(retryWhileApiUnavailable(context(), () => refusing(forbidden, 10).apply([POOL]))).rejects.toBe(
      forbidden,
    );
    expect(clock.now()).toBe(0);
  });
});
