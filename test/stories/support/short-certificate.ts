import { createPrivateKey, webcrypto } from "node:crypto";
import { provideReflectMetadata } from "../../../src/pki/reflect-metadata.js";
import type { Machines } from "./machines.js";
import { expectDone } from "./programs.js";

const PKI = "/etc/kubernetes/pki";

/**
 * Makes a certificate of the master, such as `apiserver`, expire in some days: the cluster's CA signs it again. kubeadm
 * 1.20 cannot make certificates with such a short life.
 */
export async function endSoon(machines: Machines, master: string, name: string, days: number): Promise<void> {
  const read = async (file: string): Promise<string> => {
    const outcome = await machines.on(master, `cat ${PKI}/${file}`);
    expectDone(outcome);
    return outcome.stdout;
  };
  const pem = await signedAnew(await read(`${name}.crt`), await read("ca.crt"), await read("ca.key"), days);
  expectDone(await machines.on(master, `cat >${PKI}/${name}.crt`, pem));
}

async function signedAnew(certificate: string, ca: string, caKey: string, days: number): Promise<string> {
  provideReflectMetadata();
  const x509 = await import("@peculiar/x509");
  const old = new x509.X509Certificate(certificate);
  const key = createPrivateKey(caKey).export({ format: "der", type: "pkcs8" });
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const signingKey = await webcrypto.subtle.importKey("pkcs8", key, curve, false, ["sign"]);
  const made = await x509.X509CertificateGenerator.create({
    ...{ serialNumber: old.serialNumber, subject: old.subject, issuer: new x509.X509Certificate(ca).subject },
    ...{ notBefore: old.notBefore, notAfter: new Date(Date.now() + days * 24 * 3600 * 1000) },
    ...{ publicKey: old.publicKey, extensions: old.extensions, signingKey },
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
  });
  return `${made.toString("pem")}\n`;
}
