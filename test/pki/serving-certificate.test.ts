import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, connect } from "node:tls";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClusterCa } from "../../src/pki/ca.js";
import { createServingPem, isServingPem, type SigningCa } from "../../src/pki/serving-certificate.js";

const NODE = { fqdn: "minion1.example.com", address: "10.250.250.10" };
const DAY = 24 * 3600_000;

const folder = mkdtempSync(join(tmpdir(), "serving-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A CA made by openssl, as kubeadm makes one: its key RSA, or ECDSA in that curve. */
function caOf(kind: string, ...key: readonly string[]): SigningCa {
  const [keyFile, file] = [join(folder, `${kind}.key`), join(folder, `${kind}.crt`)];
  const words = [
    "req",
    "-x509",
    "-nodes",
    "-days",
    "3650",
    "-subj",
    "/CN=kubernetes",
    "-keyout",
    keyFile,
    "-out",
    file,
  ];
  execFileSync("openssl", [...words, ...key], { stdio: "ignore" });
  return { certificate: text(file), key: text(keyFile) };
}

const text = (file: string): string => execFileSync("cat", [file], { encoding: "utf8" });

let ca: SigningCa;
let pem: string;
beforeAll(async () => {
  ca = await createClusterCa({ name: "demo" });
  pem = await createServingPem(NODE, ca);
});

describe("createServingPem", () => {
  it("makes what Kubernetes' signer for kubelets makes: one name, one address, for a server only", () => {
    const shown = execFileSync("openssl", ["x509", "-noout", "-text"], { input: pem, encoding: "utf8" });
    expect(shown).toMatch(/Subject: O = system:nodes, CN = system:node:minion1\.example\.com\n/);
    expect(shown).toMatch(/X509v3 Key Usage: critical\s+Digital Signature\n/);
    expect(shown).toMatch(/X509v3 Extended Key Usage: *\s+TLS Web Server Authentication\n/);
    expect(shown).toMatch(/X509v3 Basic Constraints: critical\s+CA:FALSE\n/);
    expect(shown).toMatch(/Subject Alternative Name: *\s+DNS:minion1\.example\.com, IP Address:10\.250\.250\.10\n/);
  });

  it("is valid for a year from a day ago, and never longer than the CA", async () => {
    const now = new Date("2027-03-10T12:00:00Z");
    const young = new X509Certificate(await createServingPem(NODE, ca, now));
    expect(new Date(young.validFrom)).toEqual(new Date("2027-03-09T12:00:00Z"));
    expect(new Date(young.validTo)).toEqual(new Date("2028-03-09T12:00:00Z"));
    const end = new Date(new X509Certificate(ca.certificate).validTo);
    const late = await createServingPem(NODE, ca, new Date(end.getTime() - 10 * DAY));
    expect(new Date(new X509Certificate(late).validTo)).toEqual(end);
  });

  it.each([
    { kind: "rsa", key: ["-newkey", "rsa:2048"] },
    { kind: "p256", key: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] },
    { kind: "p384", key: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"] },
  ])("with a CA of kind $kind serves whoever verifies name and address, and nobody else", async ({ kind, key }) => {
    const other = caOf(kind, ...key);
    const made = await createServingPem(NODE, other);
    expect(isServingPem(made, { ...NODE, ca: other.certificate, days: 30 })).toBe(true);
    // One text for both, as the kubelet reads it by two links.
    const server = createServer({ cert: made, key: made }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const ask = async (name: string): Promise<string> => {
      const socket = connect({ port, host: "127.0.0.1", ca: other.certificate, servername: name });
      const answer = await new Promise<string>((resolve) => {
        socket.once("secureConnect", () => resolve("verified"));
        socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      });
      socket.destroy();
      return answer;
    };
    expect(await ask("minion1.example.com")).toBe("verified");
    expect(await ask("master1.example.com")).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
    server.close();
  });

  it("gives every certificate a positive serial number of its own", async () => {
    const numbers = [pem, await createServingPem(NODE, ca)].map((one) => new X509Certificate(one).serialNumber);
    expect(new Set(numbers).size).toBe(2);
    for (const number of numbers) expect(number).toMatch(/^[4-7][0-9A-F]{31}$/);
  });
});

describe("isServingPem", () => {
  const fits = (one: string, change: object = {}): boolean =>
    isServingPem(one, { ...NODE, ca: ca.certificate, days: 30, ...change });

  it("takes what was made for the node, and nothing that was made for another one, or by another CA", async () => {
    expect(fits(pem)).toBe(true);
    expect(fits(pem, { fqdn: "minion2.example.com" })).toBe(false);
    expect(fits(pem, { address: "10.250.250.1" })).toBe(false);
    expect(fits(await createServingPem(NODE, await createClusterCa({ name: "demo" })))).toBe(false);
  });

  it("refuses one with less than so many days, and one that has ended", async () => {
    const made = (daysAgo: number): Promise<string> => createServingPem(NODE, ca, new Date(Date.now() - daysAgo * DAY));
    expect(fits(await made(333))).toBe(true);
    expect(fits(await made(335))).toBe(false);
    expect(fits(await made(400))).toBe(false);
  });

  it("refuses what is no whole pair", async () => {
    const key = /-----BEGIN EC PRIVATE KEY-----[^]+/.exec(await createServingPem(NODE, ca))?.[0] ?? "";
    const certificate = pem.slice(0, pem.indexOf("-----BEGIN EC"));
    for (const half of ["", "no certificate", certificate, key, certificate + key, pem.slice(0, -60)])
      expect(fits(half)).toBe(false);
  });
});
