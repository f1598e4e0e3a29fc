import { createPrivateKey } from "node:crypto";
import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createClusterCa, type ClusterCa } from "../../src/pki/ca.js";
import { checkProxyCa, readProxyCa } from "../../src/pki/proxy-ca.js";
import { issue } from "./issue.js";

let folder: string;
let ca: ClusterCa;
let other: ClusterCa;
beforeAll(async () => {
  ca = await createClusterCa({ name: "proxy" });
  other = await createClusterCa({ name: "its successor" });
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine-k8s-proxy-ca-"));
});

const put = (text: string | Buffer): Promise<void> => writeFile(join(folder, "ca.pem"), text);
const read = (): Promise<string | undefined> => readProxyCa(folder, "ca.pem");

describe("the file of spec.proxy.ca", () => {
  it("gives its certificates, each once, and nothing else that stands in it", async () => {
    const [one, two] = [ca.certificate.trim(), other.certificate.trim()];
    await put(`subject=CN=proxy\r\n${one.replaceAll("\n", "\r\n")}\r\n\r\n${two}\n# again\n${one}`);
    expect(await read()).toBe(`${one}\n${two}\n`);
    await checkProxyCa(folder, "ca.pem");
    expect(await readProxyCa("/elsewhere", join(folder, "ca.pem"))).toBe(`${one}\n${two}\n`);
  });

  it("may be absent from the spec", async () => {
    expect(await readProxyCa(folder, "")).toBeUndefined();
    await checkProxyCa(folder, "");
  });

  it.each<[string, () => Promise<string | Buffer> | string | Buffer, string]>([
    ["no PEM", () => "let me in\n", "holds no certificate in PEM"],
    ["DER", () => Buffer.from(ca.certificate.replace(/-----.*/g, ""), "base64"), "holds no certificate in PEM"],
    ["a certificate that is cut off", () => ca.certificate.slice(0, 300), "holds a certificate that cannot be read"],
    ["a key beside it", () => `${ca.certificate}${ca.key}`, "holds a private key"],
    [
      "an encrypted key beside it",
      () =>
        ca.certificate +
        createPrivateKey(ca.key)
          .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
          .toString(),
      "holds a private key",
    ],
    [
      "the certificate of a server among CAs",
      async () => `${ca.certificate}${(await issue(ca, { subject: "CN=www.example.com" })).certificate}`,
      "holds CN=www.example.com, which is no CA's certificate",
    ],
    ["more than 64 KiB", () => ca.certificate.padEnd(64 * 1024 + 1), "is larger than 64 KiB"],
  ])("with %s is refused", async (_, text, words) => {
    await put(await text());
    await expect(read()).rejects.toMatchObject({
      kind: "usage",
      message: expect.stringContaining(`the proxy's CA cannot be used: ${join(folder, "ca.pem")} ${words}`) as string,
      hints: expect.arrayContaining([expect.stringContaining("spec.proxy.ca in alpine-k8s.yaml")]) as string[],
    });
  });

  it("that is not there, or is no file, is refused", async () => {
    await expect(read()).rejects.toThrow("ca.pem is not there");
    await mkdir(join(folder, "ca.pem"));
    await expect(read()).rejects.toThrow("ca.pem is no file");
    await symlink("/dev/zero", join(folder, "zero.pem"));
    await expect(readProxyCa(folder, "zero.pem")).rejects.toThrow("zero.pem is no file");
  });

  it("with a CA that has ended is refused when it is checked, and still read by what goes on without the proxy", async () => {
    await put((await createClusterCa({ name: "old", now: new Date("2001-02-03T00:00:00Z") })).certificate);
    await expect(checkProxyCa(folder, "ca.pem")).rejects.toThrow("which ended on 2011-02-01T00:00:00.000Z");
    expect(await read()).toContain("BEGIN CERTIFICATE");
    await put(ca.certificate);
    await expect(checkProxyCa(folder, "ca.pem", new Date("2001-02-03T00:00:00Z"))).rejects.toThrow(
      "is this computer's clock right?",
    );
  });
});
