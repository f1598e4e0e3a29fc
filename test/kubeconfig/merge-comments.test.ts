import { beforeAll, expect, it } from "vitest";
import { mergeKubeconfig } from "../../src/kubeconfig/merge.js";
import { ownEntries } from "../../src/kubeconfig/merge-document.js";
import { undoMerge } from "../../src/kubeconfig/undo.js";
import { adminConfig } from "./merge-inputs.js";

const USERS = `apiVersion: v1
# before the clusters
clusters: null # none yet
contexts: # nor contexts
users:
# before the users
current-context: gone # of last year
`;

let own: string;
let other: string;
beforeAll(async () => {
  own = await adminConfig("demo");
  other = await adminConfig("second");
});

const merge = (text: string, config: string, use: boolean): string =>
  mergeKubeconfig(text, ownEntries(config), { file: "config", use, force: false }).text;
const comments = (text: string | undefined): string[] => (text?.match(/#.*/g) ?? []).sort();

it("comments at lists and at the current context that take other values stay, and come back", () => {
  const merged = merge(USERS, own, true);
  expect(comments(merged)).toEqual(comments(USERS));
  const both = merge(merged, other, false);
  expect(comments(undoMerge(both, ownEntries(own), { file: "config", before: USERS }).text)).toEqual(comments(USERS));
});

it("a comment at the end of a file stays when the current context that came behind it is taken out", () => {
  const before = `apiVersion: v1
contexts: []
users:
- name: ann
  user: { token: secret }
clusters:
    - name: acme
      cluster:
         server: https://acme.example.com

    # the end
`;
  const both = merge(merge(before, own, true), other, false);
  expect(both).toContain("# the end\ncurrent-context: demo\n");
  const undone = undoMerge(both, ownEntries(own), { file: "config", before }).text;
  expect(comments(undone)).toEqual(["# the end"]);
  expect(undone).not.toContain("current-context");
});
