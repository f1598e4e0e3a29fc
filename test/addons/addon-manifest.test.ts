import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addonManifest, type ManifestRequest } from "../../src/addons/addon-manifest.js";
import { cachedFile } from "../../src/addons/cached-file.js";
import { delivered } from "../../src/addons/catalogue/delivered.js";
import { download } from "../../src/addons/download.js";
import { serveProxy } from "../kubectl/server.js";
import { failureOf } from "./failure.js";

const body = "apiVersion: v1\nkind: Namespace\nmetadata: {name: grüße}\n";
const sum = createHash("sha256").update(body).digest("hex");

let folder: string;
let server: Server;
let url: string;
let answer: (path: string, response: ServerResponse) => void;
let asked: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "alpine-k8s-addons-"));
  asked = [];
  answer = (_path, response) => void response.end(body);
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    answer(request.url ?? "", response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/canal.yaml`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const cache = (): string => join(folder, "cache");

function request(changes: Partial<ManifestRequest> = {}): ManifestRequest {
  const { ref = { name: "mine", manifest: url, sha256: sum } } = changes;
  return {
    ref,
    entry: ref.manifest === undefined ? delivered(ref.name) : undefined,
    kubernetesVersion: "v1.36.1",
    folder,
    cacheFolder: cache(),
    offline: false,
    env: {},
    signal: new AbortController().signal,
    ...changes,
  };
}

describe("a login in a manifest's URL", () => {
  const secret = "erin:s3cret@";
  const withLogin = (): ManifestRequest => {
    const manifest = url.replace("http://", `http://${secret}`);
    return request({ ref: { name: "mine", manifest, sha256: "0".repeat(64) } });
  };

  it.each([
    ["not in the cache", { offline: true }, "is not in the cache"],
    ["of a wrong sum", {}, "its SHA-256 is"],
  ])("is in no message of one %s", async (_why, changes, words) => {
    const error = await failureOf(() => addonManifest({ ...withLogin(), ...changes }));
    expect(error.message).toContain(words);
    expect(JSON.stringify([error.message, error.hints])).not.toContain("s3cret");
  });
});

function stored(): string[] {
  try {
    return readdirSync(cache());
  } catch {
    return [];
  }
}

const ways = [
  "bring the manifest as a file: spec.addons: [{name: mine, manifest: FILE}]",
  "or bring a pod network yourself: spec.network: none",
];

describe("a manifest from a URL", () => {
  it("is downloaded once and then comes from the cache", async () => {
    expect(await addonManifest(request())).toEqual({ text: body, source: url });
    expect(stored()).toEqual([`${sum}.yaml`]);
    expect((await addonManifest(request({ offline: true }))).text).toBe(body);
    expect(asked).toEqual(["/canal.yaml"]);
  });

  it("is verified again in the cache, and fetched again when it was changed there", async () => {
    await addonManifest(request());
    const file = join(cache(), `${sum}.yaml`);
    writeFileSync(file, "tampered");
    expect((await addonManifest(request())).text).toBe(body);
    expect(asked).toHaveLength(2);
    expect(readFileSync(file, "utf8")).toBe(body);
  });

  it("with a wrong sum is refused with both sums, and nothing is stored", async () => {
    answer = (_path, response) => void response.end("something else");
    const error = await failureOf(() => addonManifest(request()));
    const other = createHash("sha256").update("something else").digest("hex");
    expect(error.message).toBe(`cannot use ${url}: its SHA-256 is ${other}, expected ${sum}; nothing was stored`);
    expect([error.kind, error.oclif.exit, error.hints]).toEqual(["node", 4, ways]);
    expect(stored()).toEqual([]);
  });

  it("that was cut short is a wrong sum, not a manifest", async () => {
    answer = (_path, response) => void response.end(body.slice(0, 20));
    expect((await failureOf(() => addonManifest(request()))).message).toContain("its SHA-256 is");
    expect(stored()).toEqual([]);
  });

  it.each([
    [404, "node", 4, "cannot use URL: it is not there (404)"],
    [403, "node", 4, "cannot use URL: the server answered 403"],
    [429, "prerequisite", 3, "cannot download URL: the server answered 429"],
    [503, "prerequisite", 3, "cannot download URL: the server answered 503"],
  ])("that the server answers with %d is %s", async (status, kind, exit, words) => {
    answer = (_path, response) => void response.writeHead(status).end("no");
    const error = await failureOf(() => addonManifest(request()));
    expect(error.message).toBe(words.replace("URL", url));
    expect([error.kind, error.oclif.exit, error.hints.slice(-2)]).toEqual([kind, exit, ways]);
    expect(stored()).toEqual([]);
  });

  it("is found behind a redirect, and not behind a circle of them", async () => {
    answer = (path, response) =>
      void (path === "/other" ? response.end(body) : response.writeHead(302, { location: "/other" }).end());
    expect((await addonManifest(request())).text).toBe(body);
    rmSync(cache(), { recursive: true });
    answer = (_path, response) => void response.writeHead(302, { location: "/canal.yaml" }).end();
    const error = await failureOf(() => addonManifest(request()));
    expect(error.message).toBe(`cannot use ${url}: it redirects more than 5 times`);
    expect(error.kind).toBe("node");
  });

  it.each([
    ["before the first byte", 0],
    ["in the middle", 10],
  ])("that stalls %s is given up", async (_name, bytes) => {
    answer = (_path, response) => {
      response.writeHead(200);
      response.write(body.slice(0, bytes));
      if (bytes === 0) response.flushHeaders();
    };
    const error = await failureOf(() => addonManifest(request({ stall: 150 })));
    expect(error.message).toBe(`cannot download ${url}: nothing came for 0.15 s after ${bytes} of ? bytes`);
    expect([error.kind, error.oclif.exit]).toEqual(["prerequisite", 3]);
    expect(stored()).toEqual([]);
  });

  it("that comes slowly but steadily is no stall", async () => {
    answer = (_path, response) => {
      const send = (from: number): void => {
        if (from >= body.length) return void response.end();
        response.write(body.slice(from, from + 12));
        setTimeout(() => send(from + 12), 100);
      };
      send(0);
    };
    expect((await addonManifest(request({ stall: 350 }))).text).toBe(body);
  });

  it("of endless length is cut off", async () => {
    answer = (_path, response) => void response.end("x".repeat(5000));
    const { signal } = new AbortController();
    const error = await failureOf(() => download({ url, sha256: sum, ways: [], signal, env: {}, limit: 1000 }));
    expect(error.message).toBe(`cannot use ${url}: it is larger than 1000 bytes`);
    expect(error.kind).toBe("node");
  });

  it("that is only to be read leaves nothing in the cache", async () => {
    const { signal } = new AbortController();
    const asked = { url, sha256: sum, ways: [], signal, env: {}, cacheFolder: cache(), extension: "catalogue" };
    const text = async (more: object = {}): Promise<string> =>
      (await cachedFile({ ...asked, offline: false, ...more })).toString("utf8");
    expect(await text({ isOnlyRead: true })).toBe(body);
    expect(existsSync(cache())).toBe(false);
    expect((await failureOf(() => text({ offline: true }))).kind).toBe("prerequisite");
    expect(await text()).toBe(body);
    expect(await text({ offline: true })).toBe(body);
    expect(readdirSync(cache())).toEqual([`${sum}.catalogue`]);
  });

  it("without a network names the ways around it", async () => {
    const error = await failureOf(() =>
      addonManifest(request({ ref: { name: "mine", manifest: "http://127.0.0.1:1/canal.yaml", sha256: sum } })),
    );
    expect(error.message).toMatch(/^cannot download http:\/\/127\.0\.0\.1:1\/canal\.yaml: /);
    expect([error.kind, error.oclif.exit]).toEqual(["prerequisite", 3]);
    expect(error.hints).toEqual([
      "check the network of this computer; behind a proxy set https_proxy (and no_proxy)",
      ...ways,
    ]);
  });

  it("offline and not in the cache says so, and asks nobody", async () => {
    const error = await failureOf(() => addonManifest(request({ offline: true })));
    expect(error.message).toBe(`${url} is not in the cache ${cache()}`);
    expect([error.kind, asked]).toEqual(["prerequisite", []]);
  });

  it("ends with the signal's reason", async () => {
    answer = () => undefined;
    const controller = new AbortController();
    const reason = new Error("interrupted by the user");
    setTimeout(() => controller.abort(reason), 50);
    await expect(addonManifest(request({ signal: controller.signal }))).rejects.toBe(reason);
  });

  it("is used though the cache cannot be written", async () => {
    writeFileSync(cache(), "a file where the folder should be");
    expect((await addonManifest(request())).text).toBe(body);
  });

  it("is fetched through the proxy of the environment, unless no_proxy names its host", async () => {
    const proxy = await serveProxy();
    const env = { http_proxy: proxy.url };
    expect((await addonManifest(request({ env }))).text).toBe(body);
    expect(proxy.seen).toEqual([`GET ${url}`]);
    rmSync(cache(), { recursive: true });
    await addonManifest(request({ env: { ...env, no_proxy: "127.0.0.1" } }));
    expect([proxy.seen.length, asked.length]).toEqual([1, 2]);
  });

  it("from https goes through a tunnel; a proxy that refuses is named", async () => {
    const proxy = await serveProxy("ann:secret");
    const ref = { name: "mine", manifest: "https://manifests.test/canal.yaml", sha256: sum };
    const env = { https_proxy: proxy.url };
    const error = await failureOf(() => addonManifest(request({ ref, env })));
    expect(proxy.seen).toEqual(["CONNECT manifests.test:443"]);
    expect(error.message).toContain(
      `cannot download ${ref.manifest}: the proxy ${new URL(proxy.url).host} answered 407`,
    );
    expect([error.kind, error.hints.slice(-2)]).toEqual(["prerequisite", ways]);
  });
});

describe("a manifest from the catalogue", () => {
  it("comes from its pinned URL", async () => {
    const error = await failureOf(() => addonManifest(request({ ref: { name: "canal" }, offline: true })));
    const pinned = "https://raw.githubusercontent.com/projectcalico/calico/v3.32.1/manifests/canal.yaml";
    expect(error.message).toBe(`${pinned} is not in the cache ${cache()}`);
  });
});

describe("a manifest from a file", () => {
  it("is read relative to the cluster folder", async () => {
    mkdirSync(join(folder, "net"));
    writeFileSync(join(folder, "net", "mine.yaml"), body);
    const ref = { name: "canal", manifest: "net/mine.yaml" };
    expect(await addonManifest(request({ ref }))).toEqual({ text: body, source: "net/mine.yaml" });
    expect((await addonManifest(request({ ref: { ...ref, sha256: sum } }))).text).toBe(body);
    const absolute = join(folder, "net", "mine.yaml");
    expect((await addonManifest(request({ ref: { name: "canal", manifest: absolute } }))).text).toBe(body);
    expect(asked).toEqual([]);
  });

  it("that is not there, not readable, or has another sum is refused", async () => {
    const ref = { name: "canal", manifest: "mine.yaml" };
    const missing = await failureOf(() => addonManifest(request({ ref })));
    expect(missing.message).toBe(`the manifest of add-on canal is not there: ${join(folder, "mine.yaml")}`);
    expect([missing.kind, missing.oclif.exit]).toEqual(["usage", 2]);
    const directory = await failureOf(() => addonManifest(request({ ref: { name: "canal", manifest: "." } })));
    expect(directory.message).toMatch(/^the manifest of add-on canal cannot be read: EISDIR/);
    writeFileSync(join(folder, "mine.yaml"), body);
    const zeros = "0".repeat(64);
    const wrong = await failureOf(() => addonManifest(request({ ref: { ...ref, sha256: zeros } })));
    expect(wrong.message).toBe(`${join(folder, "mine.yaml")}: its SHA-256 is ${sum}, the spec says ${zeros}`);
    expect(wrong.kind).toBe("node");
  });
});
