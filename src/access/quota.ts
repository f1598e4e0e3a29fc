import { AlpineK8sError } from "../base/errors.js";
import { parseQuantity } from "../kube/metrics/quantity.js";

/** What a quota limits. */
const KEYS = ["cpu", "memory", "pods", "storage"] as const;
type Key = (typeof KEYS)[number];

/** The amounts of a quota, as they were given. */
export type Quota = Readonly<Partial<Record<Key, string>>>;

/** What each is for Kubernetes. Limits count as well: a pod may use more than it requests. */
const RESOURCES: Readonly<Record<Key, readonly string[]>> = {
  cpu: ["requests.cpu", "limits.cpu"],
  memory: ["requests.memory", "limits.memory"],
  pods: ["pods"],
  storage: ["requests.storage"],
};

const MEBI = 2 ** 20;

/** The smallest amount that means anything: a thousandth of a core, a mebibyte, one. */
const LEAST: Readonly<Record<Key, number>> = { cpu: 0.001, memory: MEBI, pods: 1, storage: MEBI };

/** Containers without figures of their own that fit, when the quota does not say how many pods. */
const USUAL_PODS = 10;

/**
 * Reads `cpu=2,memory=4Gi,pods=20,storage=10Gi`, any of them in any order. Throws `usage` that says what is wrong with
 * which part.
 */
export function parseQuota(text: string): Quota {
  const quota: Partial<Record<Key, string>> = {};
  for (const part of text.split(",").map((one) => one.trim())) {
    const [, word = "", amount = ""] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    const key = KEYS.find((one) => one === word);
    if (key === undefined) throw wrong(text, `"${part}" is none of ${KEYS.map((one) => `${one}=AMOUNT`).join(", ")}`);
    if (quota[key] !== undefined) throw wrong(text, `${key} is given twice`);
    const why = whyNoAmount(key, amount);
    if (why !== undefined) throw wrong(text, `${key}=${amount} ${why}`);
    quota[key] = amount;
  }
  return quota;
}

/** The quota as one text, always in the same order. */
export function quotaText(quota: Quota): string {
  return KEYS.flatMap((key) => (quota[key] === undefined ? [] : [`${key}=${quota[key]}`])).join(",");
}

/** What a ResourceQuota limits. */
export function hardOf(quota: Quota): Readonly<Record<string, string>> {
  return Object.fromEntries(
    KEYS.flatMap((key) => {
      const amount = quota[key];
      return amount === undefined ? [] : RESOURCES[key].map((resource) => [resource, amount]);
    }),
  );
}

/**
 * What a container gets that says nothing of its own: an even share for each of the quota's pods. Undefined for a quota
 * of neither CPU nor memory, which asks nothing of containers.
 */
export function shareOf(quota: Quota): Readonly<Record<string, string>> | undefined {
  const pods = parseQuantity(quota.pods) ?? USUAL_PODS;
  const cpu = parseQuantity(quota.cpu);
  const memory = parseQuantity(quota.memory);
  if (cpu === undefined && memory === undefined) return undefined;
  // Multiplied first: a tenth of 0.7 is no exact number.
  const millicores = cpu === undefined ? 0 : Math.max(1, Math.floor(Math.round(cpu * 1000) / pods));
  const bytes = memory === undefined ? 0 : Math.floor(memory / pods);
  return {
    ...(cpu === undefined ? {} : { cpu: `${millicores}m` }),
    ...(memory === undefined
      ? {}
      : { memory: bytes < MEBI ? String(Math.max(1, bytes)) : `${Math.floor(bytes / MEBI)}Mi` }),
  };
}

function whyNoAmount(key: Key, amount: string): string | undefined {
  const number = parseQuantity(amount);
  if (number === undefined) return "is no amount of Kubernetes, such as 2, 500m or 4Gi";
  if (number < LEAST[key]) return `is too little; the least is ${key === "cpu" ? "1m" : key === "pods" ? "1" : "1Mi"}`;
  return key === "pods" && !Number.isInteger(number) ? "is no whole number" : undefined;
}

function wrong(text: string, why: string): AlpineK8sError {
  return new AlpineK8sError("usage", `--quota ${text}: ${why}`, {
    hints: ["for example: --quota cpu=2,memory=4Gi,pods=20,storage=10Gi"],
  });
}
