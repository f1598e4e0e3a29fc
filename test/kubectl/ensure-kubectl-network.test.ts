import { mkdir, mkdtemp, readdir } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { downloadVerified } from "../../src/kubectl/download.js";
import { ensureKubectl, type EnsureKubectl, type Kubectl } from "../../src/kubectl/ensure-kubectl.js";
import { kubectlPlatform } from "../../src/kubectl/platform.js";
import { createClusterCa } from "../../src/pki/ca.js";
import { issue } from "../pki/issue.js";
import {
  BEHIND_PROXY,
  closedPort,
  fakeKubectl,
  putProgram,
  putVerified,
  release,
  serve,
  serveProxy,
  type Answer,
  type Local,
} from "./server.js";

const VERSION = "v1.36.1";
const GOOD = fakeKubectl(VERSION);
const PATH = `/release/${VERSION}/bin/linux/amd64/kubectl`;

let folder: string;
let bin: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine k8s kubectl "));
  bin = join(folder, "on path");
  await mkdir(bin);
});

function ensure(mirror: string, changes: Partial<EnsureKubectl> = {}): Promise<Kubectl> {
  return ensureKubectl({
    ...{ folder, mirror, version: VERSION, apiServer: VERSION, platform: kubectlPlatform("linux", "x64") },
    ...{ env: { PATH: `/not/there:${bin}` }, signal: new AbortController().signal, stall: 5_000 },
    ...changes,
  });
}

async function failure(action: Promise<unknown>): Promise<AlpineK8sError> {
  const error = await action.catch((thrown: unknown) => thrown);
  if (error instanceof AlpineK8sError) return error;
  throw new Error(`no AlpineK8sError was thrown but ${String(error)}`);
}

describe("over https", () => {
  it("trusts the CA that it is told, and says what to set for another", async () => {
    const ca = await createClusterCa({ name: "mirror" });
    const leaf = await issue(ca, { subject: "CN=mirror", ips: ["127.0.0.1"] });
    const { url } = await serve(release(VERSION, GOOD), leaf);
    const error = await failure(ensure(url));
    expect(error.kind).toBe("node");
    expect(error.message).toContain(`${url}${PATH}.sha256 is not trusted: `);
    expect(error.hints.join()).toContain("name its CA in alpine-k8s.yaml: spec.proxy.ca");
    expect(error.hints.join()).toContain("NODE_EXTRA_CA_CERTS");
    const { certificate } = await createClusterCa({ name: "another" });
    expect((await failure(ensure(url, { ca: certificate }))).hints.join()).toContain("names another CA");
    expect(await ensure(url, { ca: ca.certificate })).toMatchObject({ source: "downloaded" });
  });

  it("refuses to be sent to plain http", async () => {
    const ca = await createClusterCa({ name: "mirror" });
    const leaf = await issue(ca, { subject: "CN=mirror", ips: ["127.0.0.1"] });
    const plain = await serve(release(VERSION, GOOD));
    const redirect: Answer = (request, response) =>
      void response.writeHead(302, { location: `${plain.url}${request.url ?? ""}` }).end();
    const { url } = await serve({ [`${PATH}.sha256`]: redirect }, leaf);
    expect((await failure(ensure(url, { ca: ca.certificate }))).message).toContain("it redirects away from https");
    expect(plain.seen).toEqual([]);
  });
});

describe("behind a proxy", () => {
  it("asks the proxy for a plain URL", async () => {
    const { url } = await serve(release(VERSION, GOOD));
    const proxy = await serveProxy();
    expect(await ensure(url, { env: { http_proxy: proxy.url } })).toMatchObject({ source: "downloaded" });
    expect(proxy.seen).toEqual([`GET ${url}${PATH}.sha256`, `GET ${url}${PATH}`]);
  });

  /** A server that can only be reached through the proxy, at port 443. */
  const behindProxy = async (
    answers: Parameters<typeof serve>[0],
    user?: string,
  ): Promise<{ proxy: Local; ca: string }> => {
    const ca = await createClusterCa({ name: "mirror" });
    const leaf = await issue(ca, { subject: "CN=mirror", dns: [BEHIND_PROXY] });
    return { proxy: await serveProxy(user, await serve(answers, leaf)), ca: ca.certificate };
  };

  it("goes through it by CONNECT to https, with the user of the proxy's URL", async () => {
    const hosts: string[] = [];
    const told = Object.entries(release(VERSION, GOOD)).map(([path, body]): [string, Answer] => [
      path,
      (request, response) => {
        hosts.push(request.headers.host ?? "");
        response.end(body);
      },
    ]);
    const { proxy, ca } = await behindProxy(Object.fromEntries(told), "ann:pa:ss");
    const https_proxy = proxy.url.replace("://", "://ann:pa%3Ass@");
    expect(await ensure(`https://${BEHIND_PROXY}`, { env: { https_proxy }, ca })).toMatchObject({
      source: "downloaded",
    });
    expect(proxy.seen).toEqual([`CONNECT ${BEHIND_PROXY}:443`, `CONNECT ${BEHIND_PROXY}:443`]);
    expect(hosts).toEqual([BEHIND_PROXY, BEHIND_PROXY]);
  });

  it("stalls in the tunnel are seen, too", async () => {
    const { proxy, ca } = await behindProxy({ [`${PATH}.sha256`]: () => undefined });
    const error = await failure(ensure(`https://${BEHIND_PROXY}`, { env: { https_proxy: proxy.url }, ca, stall: 300 }));
    expect(error.message).toContain("nothing came for 0.3 s");
  });

  it("that wants a user says how to give one, and never repeats a password", async () => {
    const proxy = await serveProxy("ann:right");
    const https_proxy = proxy.url.replace("://", "://ann:wrong@");
    const error = await failure(ensure("https://mirror.example.com", { env: { https_proxy } }));
    expect(error.message).toContain(`the proxy ${new URL(proxy.url).host} answered 407`);
    expect(`${error.message} ${error.hints.join()}`).not.toContain("wrong");
  });

  it("takes a password with a percent sign that escapes nothing as it stands", async () => {
    const { url } = await serve(release(VERSION, GOOD));
    const proxy = await serveProxy("ann:50%off");
    const http_proxy = proxy.url.replace("://", "://ann:50%off@");
    expect(await ensure(url, { env: { http_proxy } })).toMatchObject({ source: "downloaded" });
  });

  it("that is not there is named", async () => {
    const port = await closedPort();
    const error = await failure(
      ensure("https://mirror.example.com", { env: { https_proxy: `http://127.0.0.1:${port}` } }),
    );
    expect(error.message).toContain(`by the proxy 127.0.0.1:${port}`);
  });

  it("leaves alone what no_proxy names", async () => {
    const { url } = await serve(release(VERSION, GOOD));
    const env = { http_proxy: `http://127.0.0.1:${await closedPort()}`, no_proxy: "127.0.0.0/8" };
    expect(await ensure(url, { env })).toMatchObject({ source: "downloaded" });
  });
});

describe("without a network", () => {
  const offline = async (): Promise<string> => `http://127.0.0.1:${await closedPort()}`;

  it("a kubectl on PATH within the skew is used, with a word", async () => {
    const path = join(bin, "kubectl");
    await putProgram(path, fakeKubectl("v1.35.9"));
    const mirror = await offline();
    const kubectl = await ensure(mirror);
    expect(kubectl).toMatchObject({ path, version: "v1.35.9", source: "path", warnings: [] });
    expect(kubectl.notes).toEqual([
      `cannot download ${mirror}${PATH}.sha256: connect ECONNREFUSED ${mirror.slice(7)}; using ${path} (v1.35.9) instead`,
    ]);
  });

  it("one outside the skew is used with a warning", async () => {
    await putProgram(join(bin, "kubectl"), fakeKubectl("v1.32.4-dispatcher"));
    expect((await ensure(await offline())).warnings).toEqual([
      "kubectl v1.32.4-dispatcher is 4 minors away from the API server v1.36.1; 1 is supported; some commands may fail or show less",
    ]);
  });

  it("the folder's older one within the skew goes before one on PATH", async () => {
    await putVerified(folder, fakeKubectl("v1.36.0"));
    await putProgram(join(bin, "kubectl"), GOOD);
    expect(await ensure(await offline())).toMatchObject({
      path: join(folder, "kubectl"),
      version: "v1.36.0",
      source: "kept",
    });
  });

  it("the folder's own of other origin is used with a warning, where there is no other", async () => {
    await putProgram(join(folder, "kubectl"), GOOD);
    expect(await ensure(await offline())).toMatchObject({
      source: "kept",
      warnings: [
        `${join(folder, "kubectl")} is used, but it is not the file that alpine-k8s downloaded and verified here`,
      ],
    });
  });

  it("one on PATH within the skew goes before the folder's outside of it", async () => {
    await putProgram(join(folder, "kubectl"), fakeKubectl("v1.20.0"));
    await putProgram(join(bin, "kubectl"), fakeKubectl("v1.37.0"));
    expect(await ensure(await offline())).toMatchObject({ path: join(bin, "kubectl"), source: "path", warnings: [] });
  });

  it("a server that is out of order counts as no network", async () => {
    const { url } = await serve({ [`${PATH}.sha256`]: 503 });
    await putProgram(join(bin, "kubectl"), GOOD);
    expect((await ensure(url)).notes.join()).toContain("the server answered 503; using");
  });

  it("and without any kubectl it says what would help", async () => {
    const error = await failure(ensure(await offline()));
    expect([error.kind, error.message]).toEqual([
      "prerequisite",
      expect.stringContaining("there is no kubectl on PATH to use instead"),
    ]);
    expect(error.hints.join("\n")).toMatch(/https_proxy[^]*--mirror URL[^]*install kubectl/);
  });
});

describe("a server that sends without end", () => {
  const endless = (_request: unknown, response: ServerResponse, chunk: string, every: number): void => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(chunk), every);
    response.on("close", () => clearInterval(timer));
  };

  it("in place of a sum is refused after 64 KiB", async () => {
    const answer: Answer = (request, response) => endless(request, response, "x".repeat(10_000), 1);
    const { url } = await serve({ ...release(VERSION, GOOD), [`${PATH}.sha256`]: answer });
    expect((await failure(ensure(url))).message).toBe(`cannot use ${url}${PATH}.sha256: it is larger than 65536 bytes`);
  });

  it("in place of a program is refused at the limit, and nothing stays", async () => {
    const answer: Answer = (request, response) => endless(request, response, "x".repeat(100_000), 1);
    const { url } = await serve({ ...release(VERSION, GOOD), [PATH]: answer });
    const program = `${url}${PATH}`;
    const { signal } = new AbortController();
    const wanted = { url: program, path: join(folder, "kubectl"), env: {}, signal, stall: 5_000, limit: 1_000_000 };
    expect((await failure(downloadVerified(wanted))).message).toBe(
      `cannot use ${program}: it is larger than 1000000 bytes`,
    );
    expect(await readdir(folder)).toEqual(["on path"]);
  });

  it.each(["", ".sha256"])("that drips is given up, though it never stalls (%j)", async (suffix) => {
    const answer: Answer = (request, response) => endless(request, response, "x", 50);
    const { url } = await serve({ ...release(VERSION, GOOD), [`${PATH}${suffix}`]: answer });
    await putProgram(join(bin, "kubectl"), GOOD);
    const kubectl = await ensure(url, { stall: 500 });
    expect(kubectl.source).toBe("path");
    expect(kubectl.notes.join()).toContain("it comes at less than 50 bytes a second");
  });
});

it("headers without end are given up, though they never stall", async () => {
  const server = createServer((socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    const drops = setInterval(() => socket.write("x"), 50);
    socket.on("close", () => clearInterval(drops)).on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect((await failure(ensure(url, { env: {}, stall: 200 }))).message).toContain("no answer began within 0.6 s");
});

describe("behind a SOCKS proxy alone", () => {
  const socks = (): EnsureKubectl["env"] => ({ PATH: bin, ALL_PROXY: "socks5://ann:secret@127.0.0.1:1080" });
  const WORDS = "the environment variable ALL_PROXY names a SOCKS proxy; only http and https proxies are spoken";

  it("the kubectl on PATH is used, with a word", async () => {
    const path = join(bin, "kubectl");
    await putProgram(path, GOOD);
    expect(await ensure("https://mirror.example.com", { env: socks() })).toEqual({
      ...{ path, version: VERSION, source: "path", warnings: [] },
      notes: [`${WORDS}; using ${path} (${VERSION}) instead`],
    });
  });

  it("and without one it is said what helps", async () => {
    const error = await failure(ensure("https://mirror.example.com", { env: socks() }));
    expect([error.kind, error.message]).toEqual(["usage", `${WORDS}; and there is no kubectl on PATH to use instead`]);
    expect(error.hints).toEqual([
      "https_proxy=http://proxy.example.com:3128  (goes before ALL_PROXY)",
      "or leave it out for one host: no_proxy=mirror.example.com",
      "or install kubectl so that it is on PATH",
    ]);
  });
});

it("a proxy's refusal of a plain-http mirror is told as the proxy's", async () => {
  const { url } = await serve({ [`${PATH}.sha256`]: 407 });
  const error = await failure(ensure(url));
  expect(error.message).toContain(
    "the proxy answered 407 (it wants a user: https_proxy=http://USER:PASSWORD@HOST:PORT)",
  );
});
