import { AlpineK8sError } from "../base/errors.js";
import type { Taint } from "../model/spec/cluster-spec.js";

/** `disk=ssd,zone=a` as labels. Keys and values are checked with the spec. Throws `usage` for another form. */
export function parseLabels(text: string): Readonly<Record<string, string>> {
  const entries = partsOf(text).map((part): [string, string] => {
    const at = part.indexOf("=");
    if (at < 1) throw wrong("--labels", part, "key=value,key=value");
    return [part.slice(0, at), part.slice(at + 1)];
  });
  const keys = entries.map(([key]) => key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new AlpineK8sError("usage", `--labels: ${twice} is given twice`);
  return Object.fromEntries(entries);
}

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;

/** `key=value:NoSchedule,key:NoExecute` as taints, the way kubectl takes them. Throws `usage` for another form. */
export function parseTaints(text: string): readonly Taint[] {
  return partsOf(text).map((part) => {
    const [, key = "", value = "", word] = /^([^=:]+)(?:=([^:]*))?:([A-Za-z]+)$/.exec(part) ?? [];
    const effect = EFFECTS.find((one) => one === word);
    if (key === "" || effect === undefined)
      throw wrong("--taints", part, `key=value:EFFECT with ${EFFECTS.join(", ")}`);
    return { key, value, effect };
  });
}

function partsOf(text: string): string[] {
  return text === "" ? [] : text.split(",").map((part) => part.trim());
}

function wrong(flag: string, part: string, form: string): AlpineK8sError {
  return new AlpineK8sError("usage", `${flag}: ${JSON.stringify(part)} is not of the form ${form}`, {
    hints: ["nothing was changed"],
  });
}
