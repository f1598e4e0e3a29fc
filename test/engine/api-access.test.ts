import { describe, expect, it } from "vitest";
import { apiAccess } from "../../src/engine/api-access.js";
import type { KubeApi } from "../../src/kube/kube-api.js";
import type { PlannedNode } from "../../src/model/topology/topology.js";

/** Makes connections that tell when they are closed; each attempt is noted, and ends when it is told to. */
class Attempts {
  readonly ends: { readonly succeed: () => KubeApi; readonly fail: (why: string) => void }[] = [];
  closed = 0;

  readonly make = (): Promise<KubeApi> =>
    new Promise((resolve, reject) => {
      const kube = { close: () => void (this.closed += 1) } as unknown as KubeApi;
      this.ends.push({
        succeed: () => {
          resolve(kube);
          return kube;
        },
        fail: (why) => reject(new Error(why)),
      });
    });
}

describe("the connection of a run", () => {
  it("is made once, also for those who ask while it is being made, and closed once", async () => {
    const attempts = new Attempts();
    const api = apiAccess();
    const both = [api.connect(attempts.make), api.connect(attempts.make)];
    const kube = attempts.ends[0]?.succeed();
    expect(await Promise.all(both)).toEqual([kube, kube]);
    expect(await api.connect(attempts.make)).toBe(kube);
    expect(attempts.ends).toHaveLength(1);
    await api.close();
    await api.close();
    expect(attempts.closed).toBe(1);
  });

  it("that failed is tried again by the next one, and all who waited are told why", async () => {
    const attempts = new Attempts();
    const api = apiAccess();
    const both = [api.connect(attempts.make), api.connect(attempts.make)];
    attempts.ends[0]?.fail("no route");
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.map((one) => one.status === "rejected" && String(one.reason))).toEqual([
      "Error: no route",
      "Error: no route",
    ]);
    const again = api.connect(attempts.make);
    const kube = attempts.ends[1]?.succeed();
    expect(await again).toBe(kube);
  });

  it("that is still being made when the run ends is closed, too, and a failed one fails nothing", async () => {
    const attempts = new Attempts();
    const [api, other] = [apiAccess(), apiAccess()];
    const [late, failing] = [api.connect(attempts.make), other.connect(attempts.make)];
    const closing = Promise.all([api.close(), other.close()]);
    attempts.ends[0]?.succeed();
    attempts.ends[1]?.fail("no route");
    await closing;
    expect(attempts.closed).toBe(1);
    await expect(failing).rejects.toThrow("no route");
    expect(await late).toHaveProperty("close");
  });
});

it("begins with what is known, and is a way of its own from then on", () => {
  const [first, second] = ["master1", "master2"].map((name) => ({ name }) as PlannedNode) as [PlannedNode, PlannedNode];
  const api = apiAccess({ master: first, adminConfig: "config" });
  const own = apiAccess(api);
  expect([own.master, own.adminConfig, own.isNew]).toEqual([first, "config", false]);
  own.markNew(second);
  expect(own.use("newer")).toBe("newer");
  expect([own.master, own.adminConfig, own.isNew]).toEqual([second, "newer", true]);
  expect([api.master, api.adminConfig, api.isNew]).toEqual([first, "config", false]);
});
