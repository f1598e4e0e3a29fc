import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { itemId, type Plan } from "../../src/engine/item.js";
import type { StepRecord } from "../../src/engine/run-log.js";
import type { FakeWorld } from "./fake-world.js";

/** The ids of a plan: those that are certain, and all of them. */
export function idsOf({ steps }: Plan): { readonly certain: readonly string[]; readonly all: readonly string[] } {
  const items = steps.flatMap(({ id, items }) => items.map((item) => ({ id: itemId(id, item), item })));
  return {
    certain: items.filter(({ item }) => item.maybe !== true).map(({ id }) => id),
    all: items.map(({ id }) => id),
  };
}

/** The ids of the items that the last run of a folder recorded; none when it wrote no log. */
export async function recordedIds(folder: string, before: readonly string[]): Promise<readonly string[]> {
  const runs = (await runsOf(folder)).filter((name) => !before.includes(name));
  const [run] = runs;
  if (run === undefined) return [];
  const text = await readFile(join(folder, ".alpine-k8s/logs", run, "steps.jsonl"), "utf8");
  const records = text.split("\n").filter((line) => line !== "");
  return records.flatMap((line) => (JSON.parse(line) as StepRecord).items);
}

/** Names of the runs that left a log. */
export async function runsOf(folder: string): Promise<readonly string[]> {
  return readdir(join(folder, ".alpine-k8s/logs")).catch(() => []);
}

/** What commands that change something belong to, by the command; `N` is the node. */
const DONE: readonly (readonly [RegExp, string])[] = [
  [/^Initialise the control plane \/ (\w+)\$ master\.sh$/, "init-control-plane/N"],
  [/^Start CoreDNS \/ (\w+)\$ master\.sh$/, "start-dns/N"],
  [/^Join the masters \/ (\w+)\$ master\.sh$/, "join-masters/N"],
  [/ \/ (\w+)\$ shared\.sh$/, "start-machines/N"],
  [/ \/ (\w+)\$ minion\.sh$/, "join-minions/N"],
  [/ \/ (\w+)\$ certs\.sh$/, "renew-certificates/N"],
  [/ \/ (\w+)\$ restart kubelet$/, "compare-with-spec/N"],
  [/^Renew kube-proxy \/ api DELETE .*(?:kube-proxy|canal)-(\w+)$/, "renew-kube-proxy/N"],
  [/^Join the masters \/ api DELETE .*kube-proxy-(\w+)$/, "join-masters/N"],
  [/^Join the masters \/ api APPLY Secret\//, "join-masters/-"],
  [/^Join the minions \/ api APPLY Secret\//, "join-minions/-"],
  [/^Apply the network \/ api APPLY /, "apply-network/-"],
  [/^Apply add-ons \/ api APPLY /, "apply-add-ons/-"],
  [/^Write admin.config \/ api DELETE /, "write-admin-config/-"],
];

/** Files that a command which changes something is given along. */
const ALONG = / \/ \w+ put \S+$|etcd member remove$/;
const LOOKS = /\(read only\)$| \/ api GET |: (nothing to do|failed)/;

/** Step and node of everything that the world saw changed. Throws for a command that it cannot tell what it belongs to. */
export function doneIn({ transcript }: FakeWorld): readonly string[] {
  return transcript
    .filter((line) => !LOOKS.test(line) && !ALONG.test(line))
    .flatMap((line) => {
      const [, started] = / \/ vagrant up (.*)$/.exec(line) ?? [];
      if (started !== undefined) return started.split(" ").map((name) => `start-machines/${name}`);
      for (const [pattern, key] of DONE) {
        const found = pattern.exec(line);
        if (found !== null) return [key.replace("N", found[1] ?? "-")];
      }
      throw new Error(`nobody knows what this belongs to: ${line}`);
    });
}
