import { expect, test } from "vitest";
import { condition, type FakeNode } from "./node.js";
import { sharedVariables, usualCa, type Variables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { freshNode, fitNode } = useNodes();

const FILE = "/usr/local/share/ca-certificates/alpine-k8s-proxy.crt";
const BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
const pem = (body: string): string => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
const OURS = `${pem("VGhlIHByb3h5J3M=")}${pem("SXRzIHN1Y2Nlc3Nvcg==")}`;
const NEXT = pem("QW5vdGhlciBvbmU=");
const asking = (text: string): Variables => ({
  ...sharedVariables,
  AK8S_PROXY_CA_B64: Buffer.from(text).toString("base64"),
});

/** A node on which only the bundle is, as a small Alpine has it: `apk add ca-certificates` brings the program. */
async function smallAlpine(): Promise<FakeNode> {
  const node = await freshNode();
  node.write("/fake/apk/ca-certificates/fake/bin/update-ca-certificates", node.read(PROGRAM), 0o755);
  node.remove(PROGRAM);
  node.write("/etc/apk/repositories", `${MAIN}\n`);
  node.fake("offers", `ca-certificates 20260101-r0 ${MAIN}\n`);
  return node;
}
const PROGRAM = "/fake/bin/update-ca-certificates";
const MAIN = "https://mirror.example.com/alpine/v3.24/main";

const restarts = (node: FakeNode): number =>
  node.calls().filter((call) => call === "rc-service containerd restart").length;

test("the CA comes into the node's store, is changed and goes again; the runtime is restarted only then", async () => {
  const node = await fitNode();
  const check = await node.run("shared", { ...asking(OURS), AK8S_MODE: "check" });
  expect(condition(check, "proxy-ca")).toBe(`fatal unmet ${FILE} is not the one asked for`);
  const run = await node.run("shared", asking(OURS));
  expect([run.code, run.stderr, run.result.changed]).toEqual([0, "", ["proxy-ca"]]);
  expect([node.read(FILE), node.read(BUNDLE), restarts(node)]).toEqual([OURS, usualCa + OURS, 1]);
  const before = node.tree();
  const again = await node.run("shared", asking(OURS));
  expect([again.result.changed, condition(again, "proxy-ca"), restarts(node)]).toEqual([
    [],
    "fatal ok the node trusts it",
    1,
  ]);
  expect(node.tree()).toEqual(before);

  expect((await node.run("shared", asking(NEXT))).result.changed).toEqual(["proxy-ca"]);
  expect([node.read(BUNDLE), restarts(node)]).toEqual([usualCa + NEXT, 2]);
  const without = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check" });
  expect(condition(without, "proxy-ca")).toBe(`fatal unmet ${FILE} is there, and no CA is asked for`);
  expect((await node.run("shared", sharedVariables)).result.changed).toEqual(["proxy-ca"]);
  expect([node.has(FILE), node.read(BUNDLE), restarts(node)]).toEqual([false, usualCa, 3]);
  expect((await node.run("shared", sharedVariables)).result.changed).toEqual([]);
  expect(node.calls().filter((call) => call.startsWith("apk"))).toEqual([]);
});

test("a bundle that was made anew without the CA gets it again", async () => {
  const node = await fitNode(asking(OURS));
  node.write(BUNDLE, usualCa);
  const check = await node.run("shared", { ...asking(OURS), AK8S_MODE: "check" });
  expect(condition(check, "proxy-ca")).toBe(`fatal unmet ${BUNDLE} does not have it`);
  expect((await node.run("shared", asking(OURS))).result.changed).toEqual(["proxy-ca"]);
  expect(node.read(BUNDLE)).toBe(usualCa + OURS);
});

test("apk trusts the proxy before it fetches the program that makes the bundle", async () => {
  const node = await smallAlpine();
  // What the mirror answers is signed by the proxy's CA.
  node.fake("intercepted", "VGhlIHByb3h5J3M=\n");
  const run = await node.run("shared", asking(OURS));
  expect([run.code, run.stderr]).toEqual([0, ""]);
  expect(node.calls().filter((call) => /^apk|^update-ca/.test(call))).toEqual([
    "apk update --wait 120",
    "apk add --wait 120 ca-certificates",
    "update-ca-certificates ",
  ]);
  expect(node.read(BUNDLE)).toBe(usualCa + OURS);
});

test("where the program is not to be had the CA stands in the bundle all the same, and goes again", async () => {
  const node = await smallAlpine();
  node.fake("offers", "");
  const run = await node.run("shared", asking(OURS));
  expect(run.code).toBe(0);
  expect(condition(run, "proxy-ca")).toBe("fatal fixed the node trusts it");
  expect(node.read(BUNDLE)).toBe(`${usualCa}# alpine-k8s begin\n${OURS}# alpine-k8s end\n`);
  expect((await node.run("shared", asking(OURS))).result.changed).toEqual([]);
  await node.run("shared", asking(NEXT));
  expect(node.read(BUNDLE)).toBe(`${usualCa}# alpine-k8s begin\n${NEXT}# alpine-k8s end\n`);
  await node.run("shared", sharedVariables);
  expect([node.read(BUNDLE), node.has(FILE)]).toEqual([usualCa, false]);
});

test("a store that cannot be made is told, with the program's words", async () => {
  const node = await fitNode();
  node.fake("no-bundle");
  const run = await node.run("shared", asking(OURS));
  expect(run.code).toBe(10);
  expect(run.result.failed).toEqual([
    `proxy-ca: ${BUNDLE} does not have it (update-ca-certificates  failed (code 1): WARNING: the bundle cannot be written)`,
  ]);
  const bad = await node.run("shared", { ...sharedVariables, AK8S_PROXY_CA_B64: "%", AK8S_MODE: "check" });
  expect(condition(bad, "proxy-ca")).toBe("fatal skipped AK8S_PROXY_CA_B64 is not base64");
});

test("reset takes it away, with one restart of the runtime", async () => {
  const node = await fitNode({ ...asking(OURS), AK8S_HTTPS_PROXY: "http://proxy.example.com:3128" });
  const run = await node.run("reset", sharedVariables);
  expect([run.code, run.result.warnings]).toEqual([0, []]);
  expect(run.result.changed).toEqual(expect.arrayContaining(["proxy", "proxy-ca"]));
  expect([node.has(FILE), node.read(BUNDLE), restarts(node)]).toEqual([false, usualCa, 1]);
  expect((await node.run("reset", sharedVariables)).result).toMatchObject({ changed: [], present: ["clean"] });
});
