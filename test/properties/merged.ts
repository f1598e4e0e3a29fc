import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { mergeKubeconfig, type Merged } from "../../src/kubeconfig/merge.js";
import { ownEntries, type OwnEntries } from "../../src/kubeconfig/merge-document.js";
import { undoMerge } from "../../src/kubeconfig/undo.js";
import { adminConfig } from "../kubeconfig/merge-inputs.js";
import type { Kubeconfig } from "./any-kubeconfig.js";

const LISTS = ["clusters", "contexts", "users"];
const TOUCHED = [...LISTS, "current-context"];

type Data = Readonly<Record<string, unknown>>;

/** A cluster that is merged into kubeconfigs. */
export interface Cluster {
  readonly name: string;
  readonly own: OwnEntries;
  readonly data: Data;
}

/** A cluster with an admin.config of its own. */
export async function clusterOf(name: string): Promise<Cluster> {
  const config = await adminConfig(name);
  return { name, own: ownEntries(config), data: data(config) };
}

/** The kubeconfig with the cluster's entries. */
export function merge(text: string | undefined, { own }: Cluster, use = false): Merged {
  return mergeKubeconfig(text, own, { file: "config", use, force: false });
}

/** The kubeconfig without the cluster's entries, given the text from before these came; empty where no file is left. */
export function undo(text: string, { own }: Cluster, before: string | undefined): string {
  return undoMerge(text, own, { file: "config", before: before ?? "" }).text ?? "";
}

/** What is wrong when the cluster's entries should stand behind the others, and nothing else should have changed. */
export function wrongInMerge(
  before: Kubeconfig,
  { text, by, use }: { readonly text: string; readonly by: Cluster; readonly use: boolean },
): string | undefined {
  const old: Data = before.data;
  const now = data(text);
  for (const list of LISTS) {
    const wanted = [...entries(old, list), ...entries(by.data, list)];
    if (!isDeepStrictEqual(entries(now, list), wanted)) return `${list} are not the old ones and the new one:\n${text}`;
  }
  const current = use ? by.name : old["current-context"];
  if ((now["current-context"] ?? null) !== (current ?? null)) return `the current context is another:\n${text}`;
  const rest = Object.keys(old).filter((key) => !TOUCHED.includes(key));
  if (rest.some((key) => !isDeepStrictEqual(old[key], now[key]))) return `another field was changed:\n${text}`;
  return isDeepStrictEqual(comments(text), comments(before.text)) ? undefined : `a comment was lost or made:\n${text}`;
}

function data(text: string): Data {
  return (parse(text.replace(/^\ufeff/, ""), { logLevel: "error" }) as Data | null) ?? {};
}

function entries(config: Data, list: string): readonly unknown[] {
  return (config[list] as readonly unknown[] | null | undefined) ?? [];
}

/** No value of a generated kubeconfig has a `#`. */
function comments(text: string | undefined): string[] {
  return ((text ?? "").match(/#.*/g) ?? []).map((comment) => comment.trimEnd()).sort();
}
