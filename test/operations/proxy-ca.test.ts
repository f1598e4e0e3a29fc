import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { planCluster } from "../../src/engine/read-cluster.js";
import type { Tools } from "../../src/engine/tools.js";
import { planUp, up, type UpInput } from "../../src/operations/up/up.js";
import { createClusterCa } from "../../src/pki/ca.js";
import { FakeWorld, SPEC } from "./fake-world.js";
import { idsOf } from "./plans.js";

let first: string;
let second: string;
beforeAll(async () => {
  first = `${(await createClusterCa({ name: "one" })).certificate.trim()}\n`;
  second = `${(await createClusterCa({ name: "two" })).certificate.trim()}\n`;
});

let world: FakeWorld;
/** The CA in each node's store, in base64. */
let trusted: Map<string, string>;
/** The CAs that manifests were to be fetched with. */
let fetchedWith: Set<string | undefined>;
beforeEach(async () => {
  world = await FakeWorld.create(`${SPEC}  proxy: { ca: certs.pem }\n`);
  world.networkSha256 = createHash("sha256")
    .update(await readFile(join(world.folder, "network.yaml")))
    .digest("hex");
  await writeFile(join(world.folder, "certs.pem"), first);
  trusted = new Map();
  fetchedWith = new Set();
});

/** The world's tools, with nodes that tell and take the CA as shared.sh does. */
function tools(): Tools {
  const made = world.tools();
  return {
    ...made,
    manifest: (input) => {
      fetchedWith.add(input.proxyCa);
      return made.manifest(input);
    },
    connect: async (target, options) => {
      const host = await made.connect(target, options);
      const { unmet } = world.machine(target.name);
      return {
        ...host,
        run: (command) => {
          const wanted = command.variables?.["AK8S_PROXY_CA_B64"];
          if (wanted === undefined || wanted === (trusted.get(target.name) ?? "")) return host.run(command);
          if (command.readOnly !== true) trusted.set(target.name, wanted);
          else if (!unmet.includes("proxy-ca")) unmet.push("proxy-ca");
          return host.run(command);
        },
      };
    },
  };
}

function input(): UpInput {
  const { folder } = world;
  return { folder, overrides: {}, tools: tools(), progress: world.progress(), signal: new AbortController().signal };
}

const inStores = (): Record<string, string> =>
  Object.fromEntries([...trusted].map(([name, text]) => [name, Buffer.from(text, "base64").toString()]));

describe("spec.proxy.ca", () => {
  it("goes to every node, into downloads and to plain Vagrant; a change of the file is seen", async () => {
    await up(input());
    expect(inStores()).toEqual({ master1: first, minion1: first, minion2: first });
    expect(fetchedWith).toEqual(new Set([first]));
    const kept = join(world.folder, ".alpine-k8s/proxy/ca.crt");
    expect(await readFile(kept, "utf8")).toBe(first);
    expect(idsOf(await planUp(input())).all).toEqual([]);

    await writeFile(join(world.folder, "certs.pem"), `# renewed\n${second}`);
    const wanted = [
      "render-files/-/proxy-ca-crt",
      "start-machines/master1/proxy-ca",
      "start-machines/minion1/proxy-ca",
      "start-machines/minion2/proxy-ca",
    ];
    expect(idsOf(await planUp(input())).certain).toEqual(wanted);
    await up(input());
    expect(inStores()).toEqual({ master1: second, minion1: second, minion2: second });
    expect(await readFile(kept, "utf8")).toBe(second);

    await writeFile(join(world.folder, "alpine-k8s.yaml"), SPEC);
    expect(idsOf(await planUp(input())).certain).toEqual(wanted);
    await up(input());
    expect(inStores()).toEqual({ master1: "", minion1: "", minion2: "" });
    expect(idsOf(await planUp(input())).all).toEqual([]);
  });

  it("whose file is gone stops up before anything is changed, and nothing that only takes away", async () => {
    await up(input());
    await rm(join(world.folder, "certs.pem"));
    world.transcript.splice(0);
    await expect(up(input())).rejects.toMatchObject({ kind: "usage" });
    expect(world.transcript).toEqual([]);
    const plan = await planCluster({
      ...{ folder: world.folder, overrides: {}, allowBrokenFolder: true },
      discoverDefaults: () => Promise.resolve({}),
    });
    expect(plan.proxyCa).toBeUndefined();
  });
});
