import { describe, expect, it } from "vitest";
import { hardOf, parseQuota, quotaText, shareOf } from "../../src/access/quota.js";
import { parseQuantity } from "../../src/kube/metrics/quantity.js";

describe("a quota", () => {
  it("is the same text whatever the order it was given in", () => {
    expect(quotaText(parseQuota("pods=20, memory=4Gi,cpu=500m"))).toBe("cpu=500m,memory=4Gi,pods=20");
  });

  it("limits requests and limits of CPU and memory, pods, and what claims request", () => {
    expect(hardOf(parseQuota("storage=10Gi,cpu=2"))).toEqual({
      ...{ "requests.cpu": "2", "limits.cpu": "2", "requests.storage": "10Gi" },
    });
  });

  it.each([
    ["cpu=2,memory=4Gi,pods=20", { cpu: "100m", memory: "204Mi" }],
    ["cpu=0.7", { cpu: "70m" }],
    ["memory=4Gi", { memory: "409Mi" }],
    ["cpu=1m,pods=10", { cpu: "1m" }],
    ["memory=1Mi,pods=4", { memory: "262144" }],
    ["pods=3,storage=1Gi", undefined],
  ])("of %s gives a container without figures %j", (text, share) => {
    expect(shareOf(parseQuota(text))).toEqual(share);
  });

  it("is never passed by as many pods without figures as it allows", () => {
    for (const cpu of [0.01, 0.3, 1, 1.7, 64]) {
      for (const pods of [1, 3, 7, 9]) {
        const share = shareOf(parseQuota(`cpu=${cpu},memory=${cpu}Gi,pods=${pods}`));
        expect((parseQuantity(share?.["cpu"]) ?? 0) * pods).toBeLessThanOrEqual(cpu + 1e-9);
        expect((parseQuantity(share?.["memory"]) ?? 0) * pods).toBeLessThanOrEqual(cpu * 2 ** 30);
      }
    }
  });
});
