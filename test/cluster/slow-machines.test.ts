import { expect, it } from "vitest";
import type { Tools } from "../../src/cluster/tools.js";
import { up } from "../../src/cluster/up.js";
import { FakeWorld } from "./fake-world.js";

const MINUTE = 60_000;

const SPEC = `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  vagrant: { provider: libvirt }
  addons: [{ name: canal, manifest: network.yaml }]
`;

/** The world's tools, telling the time limit of every command. */
function watched(world: FakeWorld, limits: Map<string, number>): Tools {
  const tools = world.tools();
  const connect: Tools["connect"] = async (target, options) => {
    const host = await tools.connect(target, options);
    return {
      ...{ name: host.name, putFile: host.putFile.bind(host), openPort: host.openPort.bind(host) },
      close: () => host.close(),
      run: (command) => {
        limits.set(command.name, command.timeout ?? MINUTE);
        return host.run(command);
      },
    };
  };
  return { ...tools, connect };
}

it("kubeadm's own waits fit into the time that its script gets, however slow the machine", async () => {
  const world = await FakeWorld.create(SPEC);
  const limits = new Map<string, number>();
  await up({
    ...{ folder: world.folder, overrides: {}, progress: world.progress(), signal: new AbortController().signal },
    tools: watched(world, limits),
  });
  const [controlPlane, api, manifest] = [10 * MINUTE, 5 * MINUTE, 5 * MINUTE];
  expect(limits.get("master.sh")).toBeGreaterThan(controlPlane + api + manifest + 10 * MINUTE);
  const [endpoint, discovery, bootstrap] = [5 * MINUTE, 10 * MINUTE, 5 * MINUTE];
  expect(limits.get("minion.sh")).toBeGreaterThan(endpoint + discovery + bootstrap);
});
