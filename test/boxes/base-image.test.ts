import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { basePath, getBase } from "../../src/boxes/base-image.js";
import { publishedSum, type BaseSource } from "../../src/boxes/base-source.js";
import { serve, type Answer } from "../kubectl/server.js";

const IMAGE = Buffer.concat([Buffer.from("QFI\xfb", "latin1"), Buffer.alloc(100_000, 7)]);
const sha512 = (bytes: Buffer | string): string => createHash("sha512").update(bytes).digest("hex");
const SUM = sha512(IMAGE);
const http = { signal: new AbortController().signal, env: {}, stall: 5000 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine-k8s-base-"));
});

const send =
  (body: Buffer | string): Answer =>
  (_, response) =>
    void response.end(body);

async function served(pages: Record<string, Answer>): Promise<string> {
  return `${(await serve(pages)).url}/alpine.qcow2`;
}

function get(source: BaseSource, sum = SUM): Promise<void> {
  return getBase({ source, sha512: sum, folder: join(folder, "base"), http });
}

const kept = (): string[] => (existsSync(join(folder, "base")) ? readdirSync(join(folder, "base")) : []);

describe("the image that a box is built of", () => {
  it("is verified and kept, from a URL and from a file", async () => {
    const url = await served({ "/alpine.qcow2": send(IMAGE) });
    await get({ place: url, sha512: undefined });
    const path = basePath(join(folder, "base"), SUM);
    expect(readFileSync(path).equals(IMAGE)).toBe(true);
    const other = Buffer.concat([IMAGE, Buffer.from("more")]);
    await writeFile(join(folder, "own.qcow2"), other);
    await get({ place: join(folder, "own.qcow2"), sha512: undefined }, sha512(other));
    expect(kept()).toHaveLength(2);
  });

  it.each<[string, Answer, string, string]>([
    ["another file", send("QFI\xfbother"), SUM, `its SHA-512 is `],
    [
      "half of it",
      (_, response) => void (response.writeHead(200, { "content-length": 200_000 }), response.end(IMAGE)),
      SUM,
      "",
    ],
    ["a page of a network", send("<html>log in</html>"), sha512("<html>log in</html>"), "it is a page of text"],
    ["another format", send("conectix"), sha512("conectix"), "it does not begin as QCOW2 does"],
  ])("is refused when the server sends %s, and nothing of it is kept", async (_, answer, sum, words) => {
    const url = await served({ "/alpine.qcow2": answer });
    await expect(get({ place: url, sha512: undefined }, sum)).rejects.toThrow(words);
    expect(kept()).toEqual([]);
  });

  it("that is no file is told with its place", async () => {
    const place = join(folder, "gone.qcow2");
    await expect(get({ place, sha512: undefined })).rejects.toMatchObject({
      ...{ kind: "prerequisite", message: `${place} cannot be used: it is not there` },
      hints: ["correct --base: a file, or a URL that begins with https://"],
    });
    await expect(get({ place: folder, sha512: undefined })).rejects.toThrow(`${folder} cannot be used: it is no file`);
  });
});

describe("its sum", () => {
  const ask = (source: BaseSource): Promise<string> => publishedSum(source, http);

  it("is the one that was given, or the one beside the file", async () => {
    expect(await ask({ place: "/x", sha512: SUM.toUpperCase() })).toBe(SUM);
    const place = join(folder, "a.qcow2");
    await writeFile(`${place}.sha512`, `${SUM}  a.qcow2\n`);
    expect(await ask({ place, sha512: undefined })).toBe(SUM);
  });

  it.each<[string, (place: string) => Promise<BaseSource> | BaseSource, string]>([
    [
      "is no SHA-512",
      (place) => ({ place, sha512: "abc" }),
      "--sha512 is no SHA-512: 128 hexadecimal digits are wanted",
    ],
    ["is not beside the file", (place) => ({ place, sha512: undefined }), "there is no "],
    [
      "is no sum beside the file",
      async (place) => {
        await writeFile(`${place}.sha512`, "<html>\n");
        return { place, sha512: undefined };
      },
      "holds no SHA-512; a log-in page",
    ],
    [
      "would come without TLS",
      () => ({ place: "http://user:secret@mirror.example.com/a.qcow2", sha512: undefined }),
      "mirror.example.com/a.qcow2 comes without TLS, so its sum has to be given",
    ],
  ])("that %s is refused", async (_, source, words) => {
    const failure = await ask(await source(join(folder, "b.qcow2"))).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: "usage", message: expect.stringContaining(words) as string });
    expect(failure).toMatchObject({ hints: ["give it: --sha512 SUM", "of a file that you trust: sha512sum FILE"] });
    expect(JSON.stringify(failure)).not.toContain("secret");
  });
});
