import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { up } from "../../src/operations/up/up.js";
import { treeOf } from "../stories/support/tree.js";
import { FakeWorld } from "./fake-world.js";

const HEAD = `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
`;
const VAGRANT = `${HEAD}  vagrant: { provider: libvirt }\n`;
const HOST = "{ name: master1, role: master, address: 10.0.0.1, identityFile: ./root-key }";

it.each([
  ["a manifest that is not there", `${VAGRANT}  addons: [{ name: canal, manifest: net.yaml }]\n`, "is not there"],
  [
    "a manifest that is none",
    `${VAGRANT}  addons: [{ name: net, manifest: page.html }]\n`,
    "is not a Kubernetes manifest",
  ],
  ["a proxy's CA that is not there", `${VAGRANT}  proxy: { ca: ca.pem }\n`, "ca.pem is not there"],
  ["a proxy's CA that is none", `${VAGRANT}  proxy: { ca: page.html }\n`, "holds no certificate in PEM"],
  [
    "an identityFile that is not there",
    `${HEAD}  provider: hosts\n  hosts: [${HOST}]\n  addons: [{ name: canal, manifest: network.yaml }]\n`,
    "master1: identityFile",
  ],
])("%s is told before anything is touched, with exit 2", async (_, spec, words) => {
  const world = await FakeWorld.create(spec);
  await writeFile(join(world.folder, "page.html"), "<html>Log in</html>\n");
  const before = await treeOf(world.folder);
  const running = up({
    ...{ folder: world.folder, overrides: {}, tools: world.tools(), progress: world.progress() },
    signal: new AbortController().signal,
  });
  await expect(running).rejects.toMatchObject({ kind: "usage", message: expect.stringContaining(words) as string });
  expect(await treeOf(world.folder)).toEqual(before);
});
