import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { kubeadmCalls } from "./node.js";
import { caPem, furtherVariables, sharedPki } from "./node-input.js";
import { tarOf } from "./tar.js";
import { useNodes } from "./use-nodes.js";

const { freshNode, fitNode } = useNodes();

describe("the certificates that all masters share", () => {
  const entries = Object.entries(sharedPki).map(([name, text]) => ({ name, text }));
  const without = (left: string): typeof entries => entries.filter(({ name }) => name !== left);
  const packed = (...archive: Parameters<typeof tarOf>[0]): string => tarOf(archive).toString("base64");

  test.each([
    { what: "missing", pki: "", why: "it must be set: a further master needs the certificates that all masters share" },
    { what: "no base64", pki: "-----BEGIN", why: "it is not base64" },
    {
      what: "no archive",
      pki: Buffer.from("not a tar").toString("base64"),
      why: "it is no tar archive, or was cut off",
    },
    { what: "an empty archive", pki: packed(), why: "ca.crt is not in it, or not whole" },
    {
      what: "an archive that was cut off",
      pki: tarOf(entries).subarray(0, 700).toString("base64"),
      why: "ca.key is not in it, or not whole",
    },
    ...Object.keys(sharedPki).map((name) => ({
      what: `without ${name}`,
      pki: packed(...without(name)),
      why: `${name} is not in it, or not whole`,
    })),
    {
      what: "an empty key",
      pki: packed(...without("sa.key"), { name: "sa.key", text: "" }),
      why: "sa.key is not in it, or not whole",
    },
    {
      what: "half a key",
      pki: packed(...without("ca.key"), { name: "ca.key", text: "-----BEGIN EC PRIVATE KEY-----\nVGhl" }),
      why: "ca.key is not in it, or not whole",
    },
    {
      what: "a link in the place of a key",
      pki: packed(...without("etcd/ca.key"), { name: "etcd/ca.key", link: "/etc/kubernetes/pki/other.key" }),
      why: "etcd/ca.key is not in it, or not whole",
    },
    {
      what: "another cluster's CA",
      pki: packed(...without("ca.crt"), { name: "ca.crt", text: caPem.replace("Tm90", "Tm9a") }),
      why: "its ca.crt is not this cluster's CA",
    },
  ])("$what: code 10 with words, nothing changed", async ({ pki, why }) => {
    const node = await freshNode();
    const before = node.tree();
    const run = await node.run("master", { ...furtherVariables, AK8S_PKI_B64: pki });
    expect(run.stderr).toBe(`alpine-k8s: AK8S_PKI_B64: ${why}\n`);
    expect(run.code).toBe(10);
    expect(node.tree()).toEqual(before);
    expect(kubeadmCalls(node)).toEqual([]);
  });

  test("nothing but the eight files comes out of the archive, and none of it anywhere else", async () => {
    const node = await fitNode();
    const hostile = [
      { name: "front-proxy-client", link: "/etc" },
      { name: "front-proxy-client/motd", text: "through a link\n" },
      { name: "/etc/absolute", text: "x\n" },
      { name: "../../etc/above", text: "x\n" },
      { name: "etcd/../../../etc/above", text: "x\n" },
      { name: "apiserver.key", text: "x\n" },
      ...entries,
    ];
    const run = await node.run("master", { ...furtherVariables, AK8S_PKI_B64: packed(...hostile) });
    expect([run.code, run.stderr]).toEqual([0, ""]);
    const files = readdirSync(`${node.root}/etc/kubernetes/pki`, { recursive: true }).map(String);
    expect(files.sort()).toEqual(["etcd", ...Object.keys(sharedPki)].sort());
    for (const path of ["/etc/motd", "/etc/absolute", "/etc/above"]) expect(node.has(path)).toBe(false);
  });

  test("files of these names that are there already are replaced, also their modes", async () => {
    const node = await fitNode();
    node.write("/etc/kubernetes/pki/sa.key", "old\n", 0o644);
    expect((await node.run("master", furtherVariables)).code).toBe(0);
    expect(node.read("/etc/kubernetes/pki/sa.key")).toBe(sharedPki["sa.key"]);
    expect(node.mode("/etc/kubernetes/pki/sa.key")).toBe(0o600);
  });
});
