import { describe, expect, test } from "vitest";
import type { FakeNode } from "./node.js";
import { masterVariables, token } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { fitNode } = useNodes();

describe("the network manifest and the token", () => {
  const manifest = "/etc/alpine-k8s/network.yaml";
  const variables = { ...masterVariables, AK8S_NETWORK_MANIFEST: manifest, AK8S_API_WAIT: "5" };

  test("an API that stalls is asked again; a changed manifest is applied again", async () => {
    const node = await fitNode();
    node.write(manifest, "one\n");
    node.fake("stalls");
    expect((await node.run("master", variables)).result.changed).toContain("network");
    node.write(manifest, "two\n");
    expect((await node.run("master", variables)).result.changed).toEqual(["network"]);
    expect(node.read("/fake/applied")).toBe("one\ntwo\n");
    expect((await node.run("master", variables)).result.present).toContain("network");
    expect(node.read("/fake/applied")).toBe("one\ntwo\n");
  });

  const applies = (node: FakeNode): number => node.calls().filter((call) => call.includes("network.yaml")).length;
  const invalid =
    'The DaemonSet "kube-flannel-ds" is invalid: spec.template.spec.containers[0].timeoutSeconds: Invalid value: -1';

  test.each([
    { what: "invalid", words: `namespace/kube-flannel serverside-applied\n${invalid}\n`, said: invalid },
    { what: "invalid beside a stall", words: `${invalid}\netcdserver: request timed out\n`, said: invalid },
    {
      what: "not YAML",
      words: "error: error parsing /etc/alpine-k8s/network.yaml: error converting YAML to JSON: yaml: line 3\n",
      said: "error: error parsing /etc/alpine-k8s/network.yaml: error converting YAML to JSON: yaml: line 3",
    },
    {
      what: "a bad request",
      words: 'Error from server (BadRequest): error when creating "x": strict decoding error: unknown field "sepc"\n',
      said: 'strict decoding error: unknown field "sepc"',
    },
    {
      what: "without a kind",
      words:
        'error: error validating "x": error validating data: kind not set; turn validation off with --validate=false\n',
      said: "kind not set",
    },
    { what: "empty", words: "error: no objects passed to apply\n", said: "error: no objects passed to apply" },
  ])("a manifest that is $what: code 18 at once, with kubectl's words", async ({ words, said }) => {
    const node = await fitNode();
    node.write(manifest, "one\n");
    node.fake("refusal", words);
    const run = await node.run("master", { ...variables, AK8S_API_WAIT: "60" });
    expect(run.code).toBe(18);
    expect(run.result.failed[0]).toContain("network: the API refuses the manifest: ");
    expect(run.result.failed[0]).toContain(said);
    expect(run.stderr).not.toContain("serverside-applied");
    expect(applies(node)).toBe(1);
    expect(node.has("/etc/alpine-k8s/network.sha256")).toBe(false);
  });

  const noKind =
    'resource mapping not found for name: "p" namespace: "" from "x": no matches for kind "IPPool" in version "crd.projectcalico.org/v1"\nensure CRDs are installed first\n';

  test("a kind that the API does not know: code 18 after a tenth of the time for the API", async () => {
    const node = await fitNode();
    node.write(manifest, "one\n");
    node.fake("refusal", noKind);
    const run = await node.run("master", { ...variables, AK8S_API_WAIT: "20" });
    expect(run.code).toBe(18);
    expect(run.stderr).toContain('no matches for kind "IPPool" in version');
    expect(applies(node)).toBeGreaterThan(2);
  });

  test("a kind that comes within that time is no failure", async () => {
    const node = await fitNode();
    node.write(manifest, "one\n");
    node.fake("refuses-once", noKind);
    const run = await node.run("master", { ...variables, AK8S_API_WAIT: "20" });
    expect(run.code).toBe(0);
    expect(node.read("/fake/applied")).toBe("one\n");
  });

  test.each([
    "The connection to the server api.demo.example.com:6443 was refused - did you specify the right host or port?",
    'error: error validating "x": error validating data: failed to download openapi: Get "https://api:6443/openapi/v2": x509: unknown authority; if you choose to ignore these errors, turn validation off',
    'Error from server (InternalError): Internal error occurred: failed calling webhook "x": context deadline exceeded',
  ])("a stall is asked again until the time is over, then code 14: %s", async (words) => {
    const node = await fitNode();
    node.write(manifest, "one\n");
    node.fake("refusal", `${words}\n`);
    const run = await node.run("master", { ...variables, AK8S_API_WAIT: "2" });
    expect(run.code).toBe(14);
    expect(run.result.failed[0]).toContain(`network: the manifest could not be applied within 2 s: ${words}`);
    expect(applies(node)).toBeGreaterThan(2);
  });

  test("without kubectl on the node both are left to the caller, with a warning", async () => {
    const node = await fitNode();
    node.write(manifest, "one\n");
    node.remove("/fake/bin/kubectl");
    node.sh("nc -ll -p 6443 >/dev/null 2>&1 </dev/null & echo $! >/fake/listener; usleep 100000");
    const run = await node.run("master", { ...variables, AK8S_ENSURE_TOKEN: "1" });
    node.sh("kill $(cat /fake/listener)");
    expect(run.code).toBe(0);
    expect(run.result.warnings).toEqual([
      "token: no kubectl on this node; 'alpine-k8s up' makes the token through the API",
      "network: no kubectl on this node; 'alpine-k8s up' applies the manifest through the API",
    ]);
  });

  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const secretOf = (secret: string, expiry: string): string => `${base64(secret)} ${base64(expiry)}`;
  // The fakes' clock stands at 2027-01-15T08:00:00Z.
  test.each([
    { what: "absent", found: "", changed: true },
    { what: "good for two hours", found: secretOf(token.slice(7), "2027-01-15T10:00:00Z"), changed: false },
    { what: "good until after midnight", found: secretOf(token.slice(7), "2027-01-16T00:00:01Z"), changed: false },
    { what: "about to expire", found: secretOf(token.slice(7), "2027-01-15T08:09:00Z"), changed: true },
    { what: "expired", found: secretOf(token.slice(7), "2027-01-14T10:00:00Z"), changed: true },
    { what: "another secret", found: secretOf("ffffffffffffffff", "2027-01-15T10:00:00Z"), changed: true },
  ])("a token that is $what", async ({ found, changed }) => {
    const node = await fitNode();
    expect((await node.run("master", masterVariables)).code).toBe(0);
    if (found !== "") node.fake("secret", found);
    const run = await node.run("master", { ...masterVariables, AK8S_ENSURE_TOKEN: "1" });
    expect(run.code).toBe(0);
    expect(run.result.changed).toEqual(changed ? ["token"] : []);
    if (changed) expect(node.read("/fake/applied-secret")).toContain('expiration: "2027-01-15T10:00:00Z"');
  });
});
