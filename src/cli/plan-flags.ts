import { Flags } from "@oclif/core";
import { itemId, type Plan } from "../engine/item.js";

/** Exit code of `--dry-run --exit-code` when something would be changed. */
export const WOULD_CHANGE = 7;

/** Flags of the commands that can say beforehand what they would do. */
export const planFlags = {
  // No default: one would be taken for given beside --exit-code.
  "dry-run": Flags.boolean({ description: "only say what would be done; nothing is changed" }),
  "exit-code": Flags.boolean({
    description: `with --dry-run: end with ${WOULD_CHANGE} when something would be changed`,
    dependsOn: ["dry-run"],
  }),
};

/** The shape of `--dry-run -o json`, documented in docs/json.md. */
interface PlanDocument {
  readonly command: string;
  readonly items: readonly {
    readonly id: string;
    readonly step: string;
    readonly node: string | null;
    readonly action: string;
    readonly text: string;
    readonly maybe: boolean;
  }[];
}

/** The plan as programs read it. */
export function planDocument({ command, steps }: Plan): PlanDocument {
  const items = steps.flatMap((step) =>
    step.items.map((item) => ({
      ...{ id: itemId(step.id, item), step: step.id, node: item.node ?? null, action: item.action },
      ...{ text: item.text, maybe: item.maybe === true },
    })),
  );
  return { command, items };
}

/** The plan as people read it. */
export function planText({ command, cluster, steps }: Plan): string {
  const busy = steps.filter(({ items }) => items.length > 0);
  const head = `alpine-k8s ${command}${cluster === undefined ? "" : ` on cluster ${cluster}`}`;
  if (busy.length === 0) return `${head} would change nothing.`;
  const lines = busy.flatMap(({ title, items }) => ["", `${title}:`, ...items.map(({ text }) => `  ${text}`)]);
  return [`${head} would:`, ...lines, "", "Nothing was changed."].join("\n");
}
