import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { forwardApi, type ApiForward } from "../../src/control-plane/api-forward.js";
import type { Tools } from "../../src/engine/tools.js";
import { withRun } from "../../src/engine/with-run.js";
import { up } from "../../src/operations/up/up.js";
import { KubeError, unreachable } from "../../src/kube/kube-error.js";
import { FakeHost } from "../fakes/fake-host.js";
import { FakeWorld } from "./fake-world.js";

const SPEC = `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  provider: hosts
  hosts: [{ name: master1, role: master, address: 10.250.250.2 }]
  addons: [{ name: canal, manifest: network.yaml }]
`;

let world: FakeWorld;
let api: Server;
let master: FakeHost;
let opened: string[];
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  await up({ ...around(world.tools()), overrides: {} });
  api = createServer((socket) => socket.end("the API"));
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  opened = [];
  master = new FakeHost("master1");
  Object.assign(master, {
    openPort: (name: string, port: number) => {
      opened.push(`${name}:${port}`);
      return Promise.resolve(connect((api.address() as AddressInfo).port, "127.0.0.1"));
    },
  });
});
afterEach(() => api.close());

function around(tools: Tools) {
  return { folder: world.folder, tools, progress: world.progress(), signal: new AbortController().signal };
}

async function forward(kube: Tools["kube"], host: Tools["connect"]): Promise<ApiForward | undefined> {
  const adminConfig = await readFile(join(world.folder, "admin.config"), "utf8");
  const input = around({ ...world.tools(), kube, connect: host });
  return withRun(input, { command: "kubectl", lock: false }, ({ context }) => forwardApi(context, adminConfig));
}

const away: Tools["kube"] = () => Promise.reject(unreachable("GET /readyz", "no connection"));
const toMaster: Tools["connect"] = () => Promise.resolve(master);

it("leads from a port of this computer to the API of master1, until it is closed", async () => {
  const way = await forward(away, toMaster);
  const [server = "", name] = way?.flags ?? [];
  expect(name).toBe("--tls-server-name=api.demo.example.com");
  const port = Number(/^--server=https:\/\/127\.0\.0\.1:(\d+)$/.exec(server)?.[1]);
  expect(await text(connect(port, "127.0.0.1"))).toBe("the API");
  expect(opened).toEqual(["master1:6443"]);
  await way?.close();
  expect(master.transcript).toEqual(["master1 closed"]);
  await expect(text(connect(port, "127.0.0.1"))).rejects.toThrow("ECONNREFUSED");
});

it("is not there for an API that this computer reaches, whatever it says", async () => {
  const refused: Tools["kube"] = () => Promise.reject(new KubeError("GET /readyz", 401, "Unauthorized", "no"));
  expect(await forward((input) => world.tools().kube(input), toMaster)).toBeUndefined();
  expect(await forward(refused, toMaster)).toBeUndefined();
});

it("is not there when master1 is away, too: kubectl then says so itself", async () => {
  expect(await forward(away, () => Promise.reject(new Error("no ssh")))).toBeUndefined();
});
