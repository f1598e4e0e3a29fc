import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { basePath } from "../../src/boxes/base-image.js";
import { boxPaths } from "../../src/boxes/box-paths.js";
import { checkSignature } from "../../src/boxes/signature.js";
import { compareSignature } from "../../src/operations/box/check-signature.js";
import type { BoxContext } from "../../src/operations/box/context.js";
import { fakeComputer } from "../fakes/fake-computer.js";
import { serve } from "../kubectl/server.js";

const SIGNER = "A Release <release@example.com>";
const SUM = "a".repeat(128);
const http = { signal: new AbortController().signal, env: {}, stall: 5000 };

let keys: string;
let image: string;
let folder: string;

const ring = (name: string): string => join(keys, name);
const gpg = (name: string, ...words: string[]): string =>
  execFileSync("gpg", ["--homedir", ring(name), "--batch", "--quiet", "--passphrase", "", ...words], {
    ...{ encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
  });

/** A keyring with one key, and its public half in a file. */
function makeKey(name: string, user: string, ends = "never"): void {
  mkdirSync(ring(name), { mode: 0o700 });
  gpg(name, "--pinentry-mode", "loopback", "--quick-generate-key", user, "ed25519", "sign", ends);
  writeFileSync(`${ring(name)}.asc`, gpg(name, "--armor", "--export"));
}

const signatureBy = (name: string, file: string, ...words: string[]): string =>
  gpg(name, ...words, "--pinentry-mode", "loopback", "--armor", "--detach-sign", "--output", "-", file);

const fingerprintOf = (name: string): string =>
  /^fpr:+([0-9A-F]+):/m.exec(gpg(name, "--with-colons", "--list-keys"))?.[1] ?? "";

beforeAll(() => {
  keys = mkdtempSync(join(tmpdir(), "ak8s-gpg-"));
  makeKey("release", SIGNER);
  makeKey("another", "Another <another@example.com>");
  mkdirSync(ring("empty"), { mode: 0o700 });
});

afterAll(() => {
  for (const name of ["release", "another"]) execFileSync("gpgconf", ["--homedir", ring(name), "--kill", "gpg-agent"]);
  rmSync(keys, { recursive: true, force: true });
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine-k8s-signature-"));
  image = join(folder, "alpine.qcow2");
  writeFileSync(image, "QFI\xfb and more");
  vi.stubEnv("GNUPGHOME", ring("empty"));
});

const work = (): string => join(folder, "work");
const keyFile = (name: string): string => `${ring(name)}.asc`;

/** Compares the image with this signature beside it. */
async function check(signature: string | undefined, key?: string, place = image): Promise<string> {
  if (signature !== undefined) writeFileSync(`${image}.asc`, signature);
  return checkSignature({ source: { place, sha512: undefined }, image, key, work: work(), http });
}

describe("the signature of an image", () => {
  it("by the key that was given is good, and says whose it is", async () => {
    const words = `its signature is good, by ${SIGNER}, ${fingerprintOf("release")}`;
    expect(await check(signatureBy("release", image), keyFile("release"))).toBe(words);
    expect(existsSync(image)).toBe(true);
    expect(existsSync(work())).toBe(false);
  });

  it("by a key of the user's keyring is good", async () => {
    vi.stubEnv("GNUPGHOME", ring("release"));
    expect(await check(signatureBy("release", image))).toContain(`its signature is good, by ${SIGNER}`);
  });

  it("is taken from beside the URL", async () => {
    const { url, seen } = await serve({ "/alpine.qcow2.asc": signatureBy("release", image) });
    expect(await check(undefined, keyFile("release"), `${url}/alpine.qcow2`)).toContain("its signature is good");
    expect(seen).toEqual(["GET /alpine.qcow2.asc"]);
  });

  it("of another file is bad, and nothing is kept", async () => {
    const signature = signatureBy("release", image);
    writeFileSync(image, "QFI\xfb and others");
    const failure = await check(signature, keyFile("release")).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: "node" });
    expect(String(failure)).toMatch(
      /cannot use \S+alpine\.qcow2: its signature is bad: the file is not the one that was signed \(key [0-9A-F]+\); nothing was kept$/,
    );
    expect(readdirSync(folder)).toEqual(["alpine.qcow2.asc"]);
  });

  it("that is bad ends the build also without --key, when its key is in the keyring", async () => {
    vi.stubEnv("GNUPGHOME", ring("release"));
    const signature = signatureBy("release", image);
    writeFileSync(image, "QFI\xfb and others");
    await expect(check(signature)).rejects.toMatchObject({ kind: "node" });
    expect(existsSync(image)).toBe(false);
  });

  it("by another key than the given one is refused, whatever the keyring has", async () => {
    vi.stubEnv("GNUPGHOME", ring("another"));
    await expect(check(signatureBy("another", image), keyFile("release"))).rejects.toThrow(
      /its signature is bad: it is by the key [0-9A-F]+, which \S+release\.asc does not hold; nothing was kept$/,
    );
    expect(existsSync(image)).toBe(false);
  });

  it("by a key that nobody here has leaves the sum", async () => {
    expect(await check(signatureBy("release", image))).toMatch(
      /^only its SHA-512 is compared: its signature is by the key [0-9A-F]+, which your keyring does not have$/,
    );
    expect(existsSync(image)).toBe(true);
  });

  it("by a key that has ended is bad", async () => {
    // A key of the past, which gpg's own clock makes.
    mkdirSync(ring("ended"), { mode: 0o700 });
    const then = ["--faked-system-time", "20200101T000000"];
    gpg("ended", ...then, "--pinentry-mode", "loopback", "--quick-generate-key", SIGNER, "ed25519", "sign", "1d");
    writeFileSync(keyFile("ended"), gpg("ended", "--armor", "--export"));
    const signature = signatureBy("ended", image, ...then);
    execFileSync("gpgconf", ["--homedir", ring("ended"), "--kill", "gpg-agent"]);
    await expect(check(signature, keyFile("ended"))).rejects.toThrow("the key that made it has ended");
  });

  it.each<[string, string | undefined, string]>([
    ["is not there", undefined, "there is no "],
    ["is a page", "<html>", "is no signature"],
  ])("that %s leaves the sum, and with --key is an error", async (_, signature, words) => {
    expect(await check(signature)).toMatch(new RegExp(`^only its SHA-512 is compared: .*${words}`));
    await expect(check(signature, keyFile("release"))).rejects.toMatchObject({
      ...{ kind: "usage", message: expect.stringContaining(words) as string },
    });
    expect(existsSync(image)).toBe(true);
  });

  it("that the server does not have leaves the sum, and with --key is an error", async () => {
    const { url } = await serve({});
    expect(await check(undefined, undefined, `${url}/alpine.qcow2`)).toMatch(
      /^only its SHA-512 is compared: .*it is not there \(404\)/,
    );
    await expect(check(undefined, keyFile("release"), `${url}/alpine.qcow2`)).rejects.toThrow("it is not there (404)");
  });

  it("needs a file with a key", async () => {
    const key = join(folder, "no-key");
    writeFileSync(key, "nothing");
    await expect(check(signatureBy("release", image), key)).rejects.toMatchObject({
      ...{ kind: "usage", message: expect.stringContaining(`${key} holds no key that gpg can read`) as string },
    });
  });
});

describe("the step that compares it", () => {
  const lines: string[] = [];

  function context(gpgIsHere: boolean, key?: string): BoxContext {
    const programs = { "gpg --version": gpgIsHere ? "gpg (GnuPG) 2.2.40\n" : undefined };
    const computer = fakeComputer({ programs, env: { XDG_CACHE_HOME: folder } });
    const all = boxPaths(computer);
    mkdirSync(all.bases, { recursive: true });
    writeFileSync(basePath(all.bases, SUM), "QFI\xfb and more");
    const paths = {
      folder: join(folder, "built"),
      disk: join(folder, "gone"),
      root: join(folder, "gone"),
      record: join(folder, "gone"),
    };
    return {
      ...{ all, paths, http, source: { place: image, sha512: undefined }, sha512: SUM, input: { key } },
      ...{ tools: { computer }, progress: { info: (line: string) => void lines.push(line) } },
    } as unknown as BoxContext;
  }

  it("says in one line whose signature it is", async () => {
    const here = context(true, keyFile("release"));
    writeFileSync(`${image}.asc`, signatureBy("release", image));
    const items = await compareSignature.plan?.(here);
    expect(items).toMatchObject([{ action: "signature", text: `compare it with its signature, ${image}.asc` }]);
    await compareSignature.run(here, items as never);
    expect(lines.splice(0)).toEqual([`image: its signature is good, by ${SIGNER}, ${fingerprintOf("release")}`]);
  });

  it("takes what was built of a refused image away, too", async () => {
    const here = context(true, keyFile("another"));
    mkdirSync(here.paths.folder);
    writeFileSync(`${image}.asc`, signatureBy("release", image));
    const items = await compareSignature.plan?.(here);
    await expect(compareSignature.run(here, items as never)).rejects.toThrow("nothing was kept");
    expect([here.paths.folder, basePath(here.all.bases, SUM)].map((path) => existsSync(path))).toEqual([false, false]);
  });

  it("says that only the sum counts without gpg and without a signature; with --key both are errors", async () => {
    expect(await compareSignature.plan?.(context(false))).toBe(
      "only its SHA-512 is compared: gpg is not on this computer",
    );
    expect(await compareSignature.plan?.(context(true))).toBe(`only its SHA-512 is compared: there is no ${image}.asc`);
    await expect(compareSignature.plan?.(context(false, "key.asc"))).rejects.toMatchObject({
      ...{ kind: "prerequisite", message: "--key: gpg is not on this computer" },
    });
    await expect(compareSignature.plan?.(context(true, "key.asc"))).rejects.toMatchObject({ kind: "usage" });
  });
});
