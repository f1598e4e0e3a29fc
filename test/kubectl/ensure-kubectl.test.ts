import { createHash } from "node:crypto";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { ensureKubectl, type EnsureKubectl, type Kubectl } from "../../src/kubectl/ensure-kubectl.js";
import { kubectlPlatform } from "../../src/kubectl/platform.js";
import { fakeKubectl, putProgram, putVerified, release, serve, type Answer } from "./server.js";

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

/** The files in the folder, without the folder for PATH. */
async function files(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name !== "on path" && name !== ".alpine-k8s").sort();
}

describe("a download", () => {
  it("with the right sum is put in place, mode 0755, and runs", async () => {
    const { url, seen } = await serve(release(VERSION, GOOD));
    const bytes: [number, number | undefined][] = [];
    const kubectl = await ensure(url, { onBytes: (done, all) => bytes.push([done, all]) });
    const path = join(folder, "kubectl");
    expect(kubectl).toEqual({
      path,
      version: VERSION,
      source: "downloaded",
      url: `${url}${PATH}`,
      notes: [],
      warnings: [],
    });
    expect(await readFile(path, "utf8")).toBe(GOOD);
    expect((await stat(path)).mode & 0o777).toBe(0o755);
    expect(seen).toEqual([`GET ${PATH}.sha256`, `GET ${PATH}`]);
    expect(bytes.at(-1)).toEqual([GOOD.length, GOOD.length]);
    expect(await files()).toEqual(["kubectl"]);
  });

  it("from a mirror that wants a login gives it there, and repeats no password", async () => {
    const asked: (string | undefined)[] = [];
    const answer = (body: string) => (incoming: IncomingMessage, response: ServerResponse) => {
      asked.push(incoming.headers.authorization);
      response.end(body);
    };
    const bodies = Object.entries(release(VERSION, GOOD));
    const { url } = await serve(Object.fromEntries(bodies.map(([path, body]) => [path, answer(body)])));
    const kubectl = await ensure(url.replace("http://", "http://ann:s3cret@"));
    expect(asked).toEqual(Array(2).fill(`Basic ${Buffer.from("ann:s3cret").toString("base64")}`));
    expect(JSON.stringify(kubectl)).not.toContain("s3cret");
    expect(kubectl.url).toBe(`${url.replace("http://", "http://ann:***@")}${PATH}`);
  });

  it("asks for the release without its build part", async () => {
    const { url } = await serve(release(VERSION, GOOD));
    expect(await ensure(url, { version: "v1.36.1+vendor" })).toMatchObject({
      source: "downloaded",
      version: VERSION,
    });
  });

  it("takes the mirror's own folder, and a sum with the file's name behind it", async () => {
    const answers = Object.fromEntries(
      Object.entries(release(VERSION, GOOD)).map(([path, body]) => [`/k8s/dl${path}`, body]),
    );
    answers[`/k8s/dl${PATH}.sha256`] += "  kubectl\n";
    const { url } = await serve(answers);
    expect(await ensure(`${url}/k8s/dl/`)).toMatchObject({ source: "downloaded" });
  });

  it("follows the redirect to the delivery network", async () => {
    const cdn = await serve(release(VERSION, GOOD));
    const redirect: Answer = (request, response) =>
      void response.writeHead(302, { location: `${cdn.url}${request.url ?? ""}` }).end();
    const { url } = await serve({ [PATH]: redirect, [`${PATH}.sha256`]: redirect });
    expect(await ensure(url)).toMatchObject({ source: "downloaded" });
  });

  it("with a wrong sum is refused with both sums, and what was there stays", async () => {
    const { url } = await serve({ ...release(VERSION, GOOD), [PATH]: fakeKubectl("v6.6.6") });
    await putProgram(join(folder, "kubectl"), fakeKubectl("v1.35.0"));
    await putProgram(join(bin, "kubectl"), fakeKubectl(VERSION));
    const error = await failure(ensure(url));
    expect(error.kind).toBe("node");
    const sum = (text: string): string => createHash("sha256").update(text).digest("hex");
    expect(error.message).toBe(
      `cannot use ${url}${PATH}: its SHA-256 is ${sum(fakeKubectl("v6.6.6"))}, published is ${sum(GOOD)}; nothing was stored`,
    );
    expect(await files()).toEqual(["kubectl"]);
    expect(await readFile(join(folder, "kubectl"), "utf8")).toContain("v1.35.0");
  });

  it("of another version under the right name is refused", async () => {
    const { url } = await serve(release(VERSION, fakeKubectl("v1.20.0")));
    const error = await failure(ensure(url));
    expect([error.kind, error.message]).toEqual([
      "node",
      `cannot use ${url}${PATH}: it says that it is v1.20.0; nothing was stored`,
    ]);
    expect(await files()).toEqual([]);
  });

  it("with a page in place of the sum is refused", async () => {
    const { url } = await serve({ ...release(VERSION, GOOD), [`${PATH}.sha256`]: "<html>please log in</html>" });
    expect((await failure(ensure(url))).message).toBe(`cannot use ${url}${PATH}.sha256: it holds no SHA-256`);
  });

  it("that is not there is refused, not passed over for the kubectl on PATH", async () => {
    const { url } = await serve({});
    await putProgram(join(bin, "kubectl"), GOOD);
    const error = await failure(ensure(url));
    expect([error.kind, error.message]).toEqual(["node", `cannot use ${url}${PATH}.sha256: it is not there (404)`]);
    expect(error.hints.join()).toContain("--kubernetes-version");
  });

  it("that ends early says after how much, and leaves nothing", async () => {
    const cut: Answer = (_request, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("#!/bin/sh\n", () => response.destroy());
    };
    const { url } = await serve({ ...release(VERSION, GOOD), [PATH]: cut });
    const error = await failure(ensure(url));
    expect(error.kind).toBe("prerequisite");
    expect(error.message).toBe(
      `cannot download ${url}${PATH}: the connection ended early after 10 of 1000 bytes; and there is no kubectl on PATH to use instead`,
    );
    expect(await files()).toEqual([]);
  });

  it("that is cut goes on where it ended; its sum is that of the whole", async () => {
    const half = Math.floor(GOOD.length / 2);
    const answer = (rest: string): Answer => {
      return ({ headers }, response) => {
        const from = headers.range === `bytes=${half}-` ? half : 0;
        const range = from === 0 ? {} : { "content-range": `bytes ${from}-${GOOD.length - 1}/${GOOD.length}` };
        response.writeHead(from === 0 ? 200 : 206, { "content-length": GOOD.length - from, etag: '"1"', ...range });
        if (from > 0) return void response.end(rest);
        response.write(GOOD.slice(0, half), () => response.destroy());
      };
    };
    const good = await serve({ ...release(VERSION, GOOD), [PATH]: answer(GOOD.slice(half)) });
    expect(await ensure(good.url)).toMatchObject({ source: "downloaded" });
    expect(await readFile(join(folder, "kubectl"), "utf8")).toBe(GOOD);
    expect(good.seen.filter((line) => line === `GET ${PATH}`)).toHaveLength(2);
    await rm(join(folder, "kubectl"));
    const bad = await serve({ ...release(VERSION, GOOD), [PATH]: answer("x".repeat(GOOD.length - half)) });
    expect((await failure(ensure(bad.url))).message).toMatch(/its SHA-256 is .* nothing was stored/);
    expect(await files()).toEqual([]);
  });

  it("that is cut and is another file by then leaves nothing of the first", async () => {
    let requests = 0;
    const answer: Answer = (_request, response) => {
      requests += 1;
      if (requests > 1) return void response.writeHead(200, { etag: '"2"' }).end(GOOD);
      response.writeHead(200, { "content-length": "100000", etag: '"1"' });
      response.write("x".repeat(50_000), () => response.destroy());
    };
    const { url } = await serve({ ...release(VERSION, GOOD), [PATH]: answer });
    expect(await ensure(url)).toMatchObject({ source: "downloaded" });
    expect(await readFile(join(folder, "kubectl"), "utf8")).toBe(GOOD);
  });

  it("that stalls is given up after the limit", async () => {
    const stall: Answer = (_request, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("#!/bin/sh\n");
    };
    const { url } = await serve({ ...release(VERSION, GOOD), [PATH]: stall });
    const error = await failure(ensure(url, { stall: 200 }));
    expect(error.message).toContain(`cannot download ${url}${PATH}: nothing came for 0.2 s after 10 of 1000 bytes`);
    expect(await files()).toEqual([]);
  });

  it("of which not even the first byte comes is given up after the limit", async () => {
    const { url } = await serve({ [`${PATH}.sha256`]: () => undefined });
    expect((await failure(ensure(url, { stall: 200 }))).message).toContain("nothing came for 0.2 s");
  });

  it("that comes slowly but steadily is waited for, beyond the limit", async () => {
    const slow: Answer = (_request, response) => {
      const parts = GOOD.match(/[^]{1,20}/g) ?? [];
      const timer = setInterval(() => {
        const part = parts.shift();
        if (part !== undefined) return void response.write(part);
        clearInterval(timer);
        response.end();
      }, 80);
    };
    const { url } = await serve({ ...release(VERSION, GOOD), [PATH]: slow });
    const started = Date.now();
    expect(await ensure(url, { stall: 300 })).toMatchObject({ source: "downloaded" });
    expect(Date.now() - started).toBeGreaterThan(300);
  });

  it("ends at once when interrupted, and leaves nothing", async () => {
    const stop = new AbortController();
    const interrupted = new AlpineK8sError("interrupted", "interrupted");
    const hang: Answer = (_request, response) => {
      response.writeHead(200);
      response.write("#!/bin/sh\n", () => setTimeout(() => stop.abort(interrupted), 50));
    };
    const { url } = await serve({ ...release(VERSION, GOOD), [PATH]: hang });
    await putProgram(join(bin, "kubectl"), GOOD);
    await expect(ensure(url, { signal: stop.signal })).rejects.toBe(interrupted);
    expect(await files()).toEqual([]);
  });

  it("into a folder that cannot be written says so, and does not fall back to PATH", async () => {
    const { url } = await serve(release(VERSION, GOOD));
    await putProgram(join(bin, "kubectl"), GOOD);
    const path = join(folder, "kubectl");
    await mkdir(join(path, "in-the-way"), { recursive: true });
    const error = await failure(ensure(url));
    expect(error.kind).toBe("prerequisite");
    expect(error.message).toContain(`cannot write ${path}: `);
    expect(await files()).toEqual(["kubectl"]);
  });

  it("sweeps away what a killed download left an hour ago, and nothing younger", async () => {
    const { url } = await serve(release(VERSION, GOOD));
    const [old, young] = [join(folder, "kubectl.0123456789ab.tmp"), join(folder, "kubectl.ba9876543210.tmp")];
    await writeFile(old, "half");
    await writeFile(young, "half");
    await utimes(old, new Date(), new Date(Date.now() - 2 * 3600_000));
    await ensure(url);
    expect(await files()).toEqual(["kubectl", "kubectl.ba9876543210.tmp"]);
  });
});

describe("the kubectl in the folder", () => {
  it("is kept when it is the right one, without a network", async () => {
    const { url, seen } = await serve(release(VERSION, GOOD));
    await putVerified(folder, `${GOOD}# mine\n`);
    expect(await ensure(url, { version: "v1.36.1+k3s1" })).toMatchObject({ source: "kept", notes: [], warnings: [] });
    expect(seen).toEqual([]);
    expect(await readFile(join(folder, "kubectl"), "utf8")).toContain("# mine");
  });

  it("that only says that it is the right one is replaced by a verified one", async () => {
    const { url } = await serve(release(VERSION, GOOD));
    await putProgram(join(folder, "kubectl"), `${GOOD}# not from there\n`);
    const kubectl = await ensure(url);
    expect(kubectl.notes).toEqual([
      `${join(folder, "kubectl")} was replaced: it is not the file that alpine-k8s downloaded and verified here`,
    ]);
    expect(await readFile(join(folder, "kubectl"), "utf8")).toBe(GOOD);
    expect(await ensure("http://127.0.0.1:1")).toMatchObject({ source: "kept" });
    await appendFile(join(folder, "kubectl"), "# changed\n");
    expect(await ensure(url)).toMatchObject({ source: "downloaded" });
  });

  it.each([
    ["of another version", fakeKubectl("v1.35.0"), "it was v1.35.0"],
    ["partial", `${"\u007fELF"}\u0002\u0001\u0001`, "it does not run on this computer"],
    ["something else", "#!/bin/sh\necho hello\n", "it does not name its version"],
    ["for another interpreter", "#!/not/there\n", "kubectl cannot be started"],
  ])("is replaced when it is %s", async (_name, text, why) => {
    const { url } = await serve(release(VERSION, GOOD));
    await putProgram(join(folder, "kubectl"), text);
    const kubectl = await ensure(url);
    expect(kubectl.source).toBe("downloaded");
    expect(kubectl.notes.join()).toContain(`${join(folder, "kubectl")} was replaced: `);
    expect(kubectl.notes.join()).toContain(why);
    expect(await readFile(join(folder, "kubectl"), "utf8")).toBe(GOOD);
  });
});
