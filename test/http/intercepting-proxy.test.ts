import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { addonManifest } from "../../src/addons/addon-manifest.js";
import type { AlpineK8sError } from "../../src/base/errors.js";
import { kubectlConfig, type KubectlConfigSummary } from "../../src/operations/kubectl/kubectl-config.js";
import { createClusterCa, type ClusterCa } from "../../src/pki/ca.js";
import { readProxyCa } from "../../src/pki/proxy-ca.js";
import { closedPort, fakeKubectl, release, serve } from "../kubectl/server.js";
import { FakeWorld, SPEC } from "../operations/fake-world.js";
import { issue } from "../pki/issue.js";

const VERSION = "v1.36.1";
const MANIFEST = "apiVersion: v1\nkind: Namespace\nmetadata: { name: mine }\n";
const signal = new AbortController().signal;

interface Interceptor {
  readonly url: string;
  /** The PEM file of its own CA. */
  readonly ca: string;
  /** What it says of the requests that it has read. */
  readonly log: () => string;
}

/** mitmproxy, which renews each certificate with a CA of its own; of servers it trusts those of one CA. */
async function intercept(servers: ClusterCa): Promise<Interceptor> {
  const folder = await mkdtemp(join(tmpdir(), "alpine-k8s-mitm-"));
  const trusted = join(folder, "servers.pem");
  await writeFile(trusted, servers.certificate);
  const port = await closedPort();
  const settings = [`confdir=${folder}`, `ssl_verify_upstream_trusted_ca=${trusted}`].flatMap((one) => ["--set", one]);
  const args = ["--listen-host", "127.0.0.1", "--listen-port", String(port), ...settings];
  const proxy = spawn("mitmdump", args, { env: { ...process.env, HOME: folder, LC_ALL: "C.UTF-8" } });
  let log = "";
  proxy.stdout.on("data", (text: Buffer) => (log += text.toString()));
  proxy.stderr.on("data", (text: Buffer) => (log += text.toString()));
  const failed = new Promise<never>((_, reject) => proxy.on("error", reject));
  onTestFinished(() => void proxy.kill());
  const ca = join(folder, "mitmproxy-ca-cert.pem");
  const listens = vi.waitFor(
    async () => expect([existsSync(ca), await listensOn(port)]).toEqual([true, true]),
    110_000,
  );
  await Promise.race([listens, failed]);
  return { url: `http://127.0.0.1:${port}`, ca, log: () => log };
}

async function listensOn(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => resolve(false));
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

async function failure(action: Promise<unknown>): Promise<AlpineK8sError> {
  return (await action.then(
    () => undefined,
    (error: unknown) => error,
  )) as AlpineK8sError;
}

describe("behind a real proxy that intercepts TLS", () => {
  let world: FakeWorld;
  let mirror: string;
  let proxy: Interceptor;
  beforeEach(async () => {
    const servers = await createClusterCa({ name: "the internet" });
    const leaf = await issue(servers, { subject: "CN=mirror", ips: ["127.0.0.1"] });
    const answers = { ...release(VERSION, fakeKubectl(VERSION)), "/mine.yaml": MANIFEST };
    mirror = (await serve(answers, leaf)).url;
    proxy = await intercept(servers);
    world = await FakeWorld.create(SPEC);
  }, 120_000);

  const spec = (text: string): Promise<void> => writeFile(join(world.folder, "alpine-k8s.yaml"), text);
  const kubectl = (): Promise<KubectlConfigSummary> =>
    kubectlConfig({
      ...{ folder: world.folder, tools: world.tools(), progress: world.progress(), signal, mirror },
      ...{ merge: false, use: false, force: false, kubernetesVersion: VERSION },
      computer: {
        ...{ platform: "linux", arch: "x64", home: world.folder, cwd: world.folder },
        env: { https_proxy: proxy.url, PATH: "" },
      },
    });
  const manifest = (proxyCa: string | undefined): ReturnType<typeof addonManifest> =>
    addonManifest({
      entry: undefined,
      ref: {
        name: "mine",
        manifest: `${mirror}/mine.yaml`,
        sha256: createHash("sha256").update(MANIFEST).digest("hex"),
      },
      ...{ kubernetesVersion: VERSION, folder: world.folder, cacheFolder: join(world.folder, "cache"), offline: false },
      ...{ env: { https_proxy: proxy.url }, signal, proxyCa },
    });

  it("downloads fail without its CA, with words that lead to spec.proxy.ca, and come through with it", async () => {
    for (const error of [await failure(kubectl()), await failure(manifest(undefined))]) {
      // The proxy need not send its CA along.
      expect(error.message).toMatch(
        /is not trusted: (self-signed certificate in certificate chain|unable to verify the first certificate)$/,
      );
      expect(error.hints[0]).toContain("name its CA in alpine-k8s.yaml: spec.proxy.ca");
    }
    await writeFile(join(world.folder, "other.pem"), (await createClusterCa({ name: "another" })).certificate);
    await spec(`${SPEC}  proxy: { ca: other.pem }\n`);
    const other = await failure(kubectl());
    expect(other.hints[0]).toBe("spec.proxy.ca in alpine-k8s.yaml names another CA than the one that signed it");
    expect(existsSync(join(world.folder, "kubectl"))).toBe(false);

    await copyFile(proxy.ca, join(world.folder, "proxy.pem"));
    await spec(`${SPEC}  proxy: { ca: proxy.pem }\n`);
    expect((await kubectl()).kubectl).toMatchObject({ source: "downloaded", version: VERSION });
    expect(await readFile(join(world.folder, "kubectl"), "utf8")).toBe(fakeKubectl(VERSION));
    expect((await manifest(await readProxyCa(world.folder, "proxy.pem"))).text).toBe(MANIFEST);
    // It has read what was asked: a proxy that only hands on could not.
    await vi.waitFor(() => expect(proxy.log()).toContain(`GET ${mirror}/mine.yaml`));
  }, 120_000);
});
