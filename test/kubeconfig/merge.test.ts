import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { AlpineK8sError } from "../../src/base/errors.js";
import { mergeKubeconfig, type Merged } from "../../src/kubeconfig/merge.js";
import { ownEntries } from "../../src/kubeconfig/merge-document.js";
import { undoMerge } from "../../src/kubeconfig/undo.js";
import { adminConfig, cluster, shortened } from "./merge-inputs.js";

/** A typical user's file: comments, kubectl's style of lists, unknown fields. */
const USERS = `# clusters of ACME; ask ann
apiVersion: v1
clusters:
- cluster:
    certificate-authority: /etc/acme/ca.pem   # from the vault
    proxy-url: socks5://127.0.0.1:1080
    server: https://acme.example.com
  name: acme
contexts:
- context:
    cluster: acme
    namespace: shop
    user: ann
  name: acme
current-context: acme
extensions:
- name: acme.example.com/colours
  extension: {dark: "on"}
kind: Config
preferences: {colors: true}
users:
- name: ann
  user:
    exec: # login by the browser
      apiVersion: client.authentication.k8s.io/v1
      command: acme-login
      interactiveMode: IfAvailable
# the end
`;

interface Config {
  readonly clusters: { name: string; cluster: Record<string, unknown> }[];
  readonly users: { name: string; user: Record<string, unknown> }[];
  readonly contexts: { name: string; context: Record<string, unknown> }[];
  readonly "current-context"?: string;
}
const read = (text: string | undefined): Config => parse(text ?? "") as Config;

let demo: Awaited<ReturnType<typeof cluster>>;
let own: string;
let other: string;
beforeAll(async () => {
  demo = await cluster("demo");
  own = await demo();
  other = await adminConfig("demo", "https://192.0.2.9:6443");
});

function merge(existing: string | undefined, config = own, changes: { use?: boolean; force?: boolean } = {}): Merged {
  return mergeKubeconfig(existing, ownEntries(config), { file: "config", use: false, force: false, ...changes });
}

function failure(action: () => unknown): AlpineK8sError {
  try {
    action();
  } catch (error) {
    if (error instanceof AlpineK8sError) return error;
  }
  throw new Error("no AlpineK8sError was thrown");
}

describe("merge", () => {
  it("keeps comments, order, unknown fields and the current context of the user's file", async () => {
    const merged = merge(USERS);
    expect(merged).toMatchObject({ changed: true, context: "demo", currentContext: "acme", replaced: [] });
    await expect(shortened(merged.text)).toMatchFileSnapshot("../golden/kubeconfig/merged.yaml");
  });

  it.each([
    ["no file", undefined],
    ["an empty file", ""],
    ["blanks", "\n\n"],
    ["a document mark only", "---\n"],
    ["empty lists", "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: null\nusers:\n"],
  ])("into %s gives the cluster's entries and no current context", (_name, existing) => {
    const { text, currentContext } = merge(existing);
    const { clusters, users, contexts } = read(own);
    expect(read(text)).toEqual({ apiVersion: "v1", kind: "Config", clusters, users, contexts });
    expect(currentContext).toBe("");
  });

  it("into a file of comments keeps them", () => {
    expect(merge("# mine\n").text).toMatch(/^# mine\n/);
  });

  it.each([
    [undefined, ""],
    [USERS, "acme"],
    [USERS.replace("current-context: acme", 'current-context: ""'), ""],
  ])("switches the current context only when told", (existing, before) => {
    expect(merge(existing)).toMatchObject({ currentContext: before });
    expect(merge(existing, own, { use: true })).toMatchObject({ currentContext: "demo" });
    expect(read(merge(existing, own, { use: true }).text)["current-context"]).toBe("demo");
  });

  it("of what is there already changes not a byte", () => {
    const { text } = merge(USERS);
    const touched = text.replace("name: demo\n", "name:   demo\n");
    expect(merge(touched)).toEqual({
      text: touched,
      changed: false,
      context: "demo",
      currentContext: "acme",
      replaced: [],
    });
  });

  it("of the same cluster renews address and certificate, and keeps what the user added to the entries", async () => {
    const first = merge(USERS).text;
    const edited = first
      .replace("tls-server-name:", "proxy-url: http://p # tunnel\n    tls-server-name:")
      .replace("cluster: demo\n", "cluster: demo\n    namespace: shop\n");
    const edits = read(edited);
    expect([edits.clusters[1]?.cluster["proxy-url"], edits.contexts[1]?.context["namespace"]]).toEqual([
      "http://p",
      "shop",
    ]);
    const renewed = await demo("https://10.250.250.3:6443");
    const { text, replaced } = merge(edited, renewed);
    const config = read(text);
    expect(replaced).toEqual([]);
    expect(config.clusters[1]?.cluster).toEqual({ ...read(renewed).clusters[0]?.cluster, "proxy-url": "http://p" });
    expect(config.users[1]).toEqual(read(renewed).users[0]);
    expect(config.contexts[1]?.context).toEqual({ cluster: "demo", user: "demo-admin", namespace: "shop" });
    expect(text).toContain("# tunnel");
  });

  it("takes away what would switch checks off or name another user beside ours", () => {
    const broken = merge(USERS)
      .text.replace("tls-server-name:", "insecure-skip-tls-verify: true\n    tls-server-name:")
      .replace("client-key-data:", "token: abc\n    client-key-data:");
    expect(read(broken).clusters[1]?.cluster).toHaveProperty("insecure-skip-tls-verify");
    expect(read(merge(broken).text)).toEqual(read(merge(USERS).text));
  });

  it("refuses entries of the same names of another cluster, naming them, without repeating keys", () => {
    const existing = merge(USERS, other).text;
    const error = failure(() => merge(existing));
    expect(error.kind).toBe("conflict");
    expect(error.message).toBe(
      "config has entries of another cluster under the names of demo: cluster demo (https://192.0.2.9:6443), user demo-admin",
    );
    expect(error.hints.join("\n")).toContain("alpine-k8s kubectl-config --merge --force");
  });

  it.each([
    [
      "cluster",
      "clusters: [{name: demo, cluster: {server: 'https://x', certificate-authority: /ca}}]",
      "cluster demo (https://x)",
    ],
    ["user", "users: [{name: demo-admin, user: {token: secret-1}}]", "user demo-admin"],
    ["context", "contexts: [{name: demo, context: {cluster: acme, user: ann}}]", "context demo"],
    ["empty entry", "clusters: [{name: demo}]", "cluster demo"],
  ])("refuses another's %s alone", (_name, existing, what) => {
    const error = failure(() => merge(existing));
    expect(error.message).toBe(`config has entries of another cluster under the names of demo: ${what}`);
  });

  it("replaces them whole with force, and says which", () => {
    const existing = merge(USERS, other).text.replace(
      "user: demo-admin\n",
      "user: demo-admin\n    namespace: theirs\n",
    );
    const { text, replaced, currentContext } = merge(existing, own, { force: true });
    expect([replaced, currentContext]).toEqual([["cluster demo", "user demo-admin"], "acme"]);
    expect(read(text).clusters[1]).toEqual(read(own).clusters[0]);
    expect(read(text).users[1]).toEqual(read(own).users[0]);
  });

  it("keeps several clusters side by side", async () => {
    const third = await adminConfig("no");
    const text = merge(merge(USERS).text, third).text;
    // Kubectl reads YAML 1.1, where a bare no is false.
    const config = parse(text, { version: "1.1" }) as Config;
    expect(config.contexts.map((context) => context.name)).toEqual(["acme", "demo", "no"]);
    expect(config.contexts[2]?.context["cluster"]).toBe("no");
  });

  it("leaves JSON a JSON file", () => {
    const existing = JSON.stringify(parse(USERS), undefined, 2);
    const { text } = merge(existing);
    expect(JSON.parse(text)).toEqual(parse(merge(USERS).text));
    expect(text).toContain('\n  "clusters": [\n');
  });

  it("leaves line ends of Windows", () => {
    const { text } = merge(USERS.replace(/\n/g, "\r\n"));
    expect(text.replace(/\r\n/g, "\n")).toBe(merge(USERS).text);
    expect(text.match(/[^\r]\n/)).toBeNull();
  });

  it("leaves indented lists indented", () => {
    expect(merge("clusters:\n  - name: a\n    cluster: {server: s}\n").text).toContain("\n  - name: demo\n");
    expect(merge("clusters:\n- name: a\n  cluster: {server: s}\n").text).toContain("\n- name: demo\n");
  });

  it.each([
    ["no YAML", "users:\n- name: a\n  token: [secret-1\n", "line 4: it is not YAML (BAD_INDENT)"],
    ["two documents", "a: 1\n---\nb: secret-1\n", "it is not YAML (MULTIPLE_DOCS)"],
    ["UTF-16", Buffer.from("a: secret-1\n", "utf16le").toString("utf8"), "it is not UTF-8 (PowerShell writes UTF-16)"],
    ["a list", "- secret-1\n", "it does not hold the fields of a kubeconfig"],
    ["a text", "secret-1\n", "it does not hold the fields of a kubeconfig"],
    ["a list of something else", "users: secret-1\n", "its users are not a plain list of named entries"],
    [
      "entries by anchor",
      "x: &a {name: secret-1}\nclusters: [*a]\n",
      "its clusters are not a plain list of named entries",
    ],
    ["nameless entries", "contexts: [{context: {}}]\n", "its contexts are not a plain list of named entries"],
  ])("refuses %s, without repeating it", (_name, existing, why) => {
    const error = failure(() => merge(existing));
    expect(error.kind).toBe("usage");
    expect(error.message).toContain("config cannot be used: ");
    expect(error.message).toContain(why);
    expect(`${error.message}${error.hints.join()}`).not.toContain("secret-1");
  });
});

describe("undo", () => {
  const undo = (text: string, before: string): ReturnType<typeof undoMerge> =>
    undoMerge(text, ownEntries(own), { file: "config", before });

  it.each([
    ["people's file", USERS],
    ["with lists missing", "# head\nkind: Config\nclusters:\n    - {name: a, cluster: {server: s}}\n"],
    ["with empty lists", 'apiVersion: v1\nclusters: []\ncontexts: null\ncurrent-context: ""\nusers:   []\n'],
    ["of comments", "# only this\n"],
  ])("gives %s back byte for byte, with and without --use", (_name, before) => {
    expect(undo(merge(before).text, before)).toMatchObject({ text: before, changed: true });
    expect(undo(merge(before, own, { use: true }).text, before).text).toBe(before);
  });

  it("of a file that was not there leaves none", () => {
    expect(undo(merge(undefined, own, { use: true }).text, "")).toEqual({
      text: undefined,
      changed: true,
      currentContext: "",
    });
  });

  it("keeps what others wrote since", async () => {
    const third = await adminConfig("third");
    const since = merge(merge(USERS, own, { use: true }).text, third).text;
    const { text, currentContext } = undo(since, USERS);
    expect(currentContext).toBe("acme");
    expect(read(text)).toEqual(read(merge(USERS, third).text));
    expect(text).toContain("# login by the browser");
  });

  it("leaves a current context that the user chose since", () => {
    const since = merge(USERS, own, { use: true }).text.replace("current-context: demo", "current-context: shop");
    expect(undo(since, USERS).currentContext).toBe("shop");
  });

  it("puts back what was replaced by force", () => {
    const before = merge(USERS, other).text;
    expect(undo(merge(before, own, { force: true }).text, before).text).toBe(before);
  });

  it("leaves entries of the same names that are another cluster's by now", () => {
    const theirs = merge(merge(USERS).text, other, { force: true, use: true }).text;
    expect(undo(theirs, USERS)).toEqual({ text: theirs, changed: false, currentContext: "demo" });
  });
});

it.each(["---", "---\n", "---\r\n\n# the end\n", "---  \n"])(
  "a file that ends with an empty document, %j, is taken",
  (end) => {
    const text = USERS + end;
    const merged = mergeKubeconfig(text, ownEntries(own), { file: "config", use: false, force: false });
    expect(read(merged.text).contexts.map(({ name }) => name)).toEqual(["acme", "demo"]);
    expect(undoMerge(merged.text, ownEntries(own), { file: "config", before: text }).text).toBe(text);
  },
);
