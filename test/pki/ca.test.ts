import { execFileSync } from "node:child_process";
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { caFingerprint, caHash, createClusterCa, type ClusterCa } from "../../src/pki/ca.js";
import { checkCa } from "../../src/pki/check-ca.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import { issue } from "./issue.js";

const files = { certificateFile: "ca.crt", keyFile: "ca.key" };
const openssl = (args: readonly string[], input: string | Uint8Array): Buffer =>
  execFileSync("openssl", args, { input, stdio: ["pipe", "pipe", "ignore"] });

let ca: ClusterCa;
beforeAll(async () => {
  ca = await createClusterCa({ name: "demo" });
});

describe("createClusterCa", () => {
  it("makes what kubeadm's own CA looks like to openssl", () => {
    const text = openssl(["x509", "-noout", "-text"], ca.certificate).toString();
    expect(text).toMatch(/X509v3 Basic Constraints: critical\s+CA:TRUE\n/);
    expect(text).toMatch(/X509v3 Key Usage: critical\s+Digital Signature, Key Encipherment, Certificate Sign\n/);
    expect(text).toMatch(/X509v3 Subject Alternative Name:\s+DNS:kubernetes\n/);
    expect(text).toMatch(/X509v3 Subject Key Identifier:/);
    expect(text).toMatch(/Subject: OU = demo, CN = kubernetes\n/);
    expect(text).toMatch(/Signature Algorithm: ecdsa-with-SHA256/);
    expect(text).toMatch(/ASN1 OID: prime256v1/);
  });

  it("is valid from a day ago for ten years", async () => {
    const dated = await createClusterCa({ name: "demo", now: new Date("2026-03-10T12:00:00Z") });
    const certificate = new X509Certificate(dated.certificate);
    expect(new Date(certificate.validFrom).toISOString()).toBe("2026-03-09T12:00:00.000Z");
    expect(new Date(certificate.validTo).toISOString()).toBe("2036-03-07T12:00:00.000Z");
  });

  it("writes the key as kubeadm does and openssl reads it", () => {
    expect(ca.key).toMatch(/^-----BEGIN EC PRIVATE KEY-----\n/);
    expect(openssl(["ec", "-noout", "-text"], ca.key).toString()).toMatch(/P-256/);
    expect(new X509Certificate(ca.certificate).checkPrivateKey(createPrivateKey(ca.key))).toBe(true);
  });

  it("signs certificates that openssl verifies against it", async () => {
    const leaf = await issue(ca, { subject: "CN=kube-apiserver", dns: ["api.demo.example.com"] });
    const certificate = new X509Certificate(leaf.certificate);
    expect(certificate.verify(new X509Certificate(ca.certificate).publicKey)).toBe(true);
    expect(certificate.checkHost("api.demo.example.com")).toBe("api.demo.example.com");
  });

  it("gives every cluster its own", async () => {
    const other = await createClusterCa({ name: "demo" });
    expect(caHash(other.certificate)).not.toBe(caHash(ca.certificate));
    expect(new X509Certificate(other.certificate).serialNumber).not.toBe(
      new X509Certificate(ca.certificate).serialNumber,
    );
  });
});

describe("hashes", () => {
  it("pins the public key as openssl computes it", () => {
    const publicKey = openssl(["x509", "-pubkey", "-noout"], ca.certificate);
    const spki = openssl(["pkey", "-pubin", "-outform", "DER"], publicKey);
    expect(caHash(ca.certificate)).toBe(`sha256:${createHash("sha256").update(spki).digest("hex")}`);
  });

  it("fingerprints the certificate as openssl and a node's shell do", () => {
    const der = openssl(["x509", "-outform", "DER"], ca.certificate);
    expect(caFingerprint(ca.certificate)).toBe(createHash("sha256").update(der).digest("hex"));
    const shell = execFileSync("sh", ["-c", "sed '/-----/d' | base64 -d | sha256sum"], { input: ca.certificate });
    expect(shell.toString().split(" ")[0]).toBe(caFingerprint(ca.certificate));
  });
});

describe("checkCa", () => {
  const messageFrom = (action: () => void): { message: string; kind: string; hints: readonly string[] } => {
    try {
      action();
    } catch (error) {
      if (error instanceof AlpineK8sError) return error;
      throw error;
    }
    throw new Error("nothing was thrown");
  };

  it("passes with a good pair, and with a certificate alone, from its first to its last moment", async () => {
    const dated = await createClusterCa({ name: "demo", now: new Date("2026-03-10T12:00:00Z") });
    const passes = (key: string | undefined, now: string): boolean => {
      try {
        checkCa(dated.certificate, key, files, new Date(now));
        return true;
      } catch {
        return false;
      }
    };
    const times = ["2026-03-09T11:59:59Z", "2026-03-09T12:00:00Z", "2036-03-07T11:59:59Z", "2036-03-07T12:00:01Z"];
    for (const key of [dated.key, undefined]) {
      expect(times.map((time) => passes(key, time))).toEqual([false, true, true, false]);
    }
  });

  it("refuses another CA's key, with the remedy", async () => {
    const other = await createClusterCa({ name: "other" });
    const error = messageFrom(() => checkCa(ca.certificate, other.key, files));
    expect(error.kind).toBe("usage");
    expect(error.message).toBe("the cluster's CA cannot be used:\n  ca.key is not the key of ca.crt");
    expect(error.hints).toEqual([
      "put back ca.crt and ca.key from a backup",
      "or, if no machine of this cluster exists any more, remove both and run: alpine-k8s up",
    ]);
  });

  it("reports all problems of unreadable files together", () => {
    expect(messageFrom(() => checkCa("nonsense", "", files)).message).toBe(
      "the cluster's CA cannot be used:\n  ca.crt is not a certificate\n  ca.key is not a private key",
    );
  });

  it("refuses a certificate that is no CA's", async () => {
    const leaf = await issue(ca, { subject: "CN=kubernetes" });
    expect(messageFrom(() => checkCa(leaf.certificate, leaf.key, files)).message).toContain(
      "ca.crt is not a CA's certificate (CA:TRUE is missing)",
    );
  });

  it("refuses one that expired or is of the future", async () => {
    const dated = await createClusterCa({ name: "demo", now: new Date("2026-03-10T12:00:00Z") });
    const at = (now: string): string =>
      messageFrom(() => checkCa(dated.certificate, dated.key, files, new Date(now))).message;
    expect(at("2040-01-01T00:00:00Z")).toContain("ca.crt expired on 2036-03-07T12:00:00.000Z");
    expect(at("2020-01-01T00:00:00Z")).toContain(
      "ca.crt is valid only from 2026-03-09T12:00:00.000Z; is this computer's clock right?",
    );
  });
});
