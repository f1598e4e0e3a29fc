import { createPrivateKey, createPublicKey, KeyObject, webcrypto, X509Certificate } from "node:crypto";
import { provideReflectMetadata } from "./reflect-metadata.js";

/** The names of a certificate for a client of the API: CN is its user, O its only group. */
export interface ClientSubject {
  readonly name: string;
  readonly group: string;
}

/** A request for a certificate (PKCS#10), as someone has made it. */
export interface SigningRequest {
  /** With the marks that Kubernetes demands, `BEGIN CERTIFICATE REQUEST`. */
  readonly pem: string;
  /** All names, in the request's order: `["CN", "anna"]`. */
  readonly names: readonly (readonly [string, string])[];
  /** SubjectPublicKeyInfo in DER, as base64. */
  readonly publicKey: string;
}

const ECDSA = { name: "ECDSA", namedCurve: "P-256" };

/** Makes a key (ECDSA P-256; PEM, "EC PRIVATE KEY") and a request for a certificate with these names. */
export async function createSigningRequest({
  name,
  group,
}: ClientSubject): Promise<{ readonly request: SigningRequest; readonly key: string }> {
  const x509 = await library();
  const keys = await webcrypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
  const made = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ O: [group] }, { CN: [name] }],
    keys,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
  });
  const key = KeyObject.from(keys.privateKey).export({ type: "sec1", format: "pem" });
  const names = [["O", group] as const, ["CN", name] as const];
  const publicKey = Buffer.from(made.publicKey.rawData).toString("base64");
  return { request: { pem: `${made.toString("pem")}\n`, names, publicKey }, key: key.toString() };
}

/** Reads a request in PEM. Undefined when it is none, or its signature is not that of its own key. */
export async function readSigningRequest(text: string): Promise<SigningRequest | undefined> {
  const x509 = await library();
  try {
    const [, body] = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([^-]+)-----END/.exec(text) ?? [];
    if (body === undefined) return undefined;
    const request = new x509.Pkcs10CertificateRequest(Buffer.from(body, "base64"));
    if (!(await request.verify())) return undefined;
    const names = request.subjectName
      .toJSON()
      .flatMap((part) => Object.entries(part).flatMap(([type, all]) => all.map((one) => [type, one] as const)));
    const publicKey = Buffer.from(request.publicKey.rawData).toString("base64");
    return { pem: `${request.toString("pem")}\n`, names, publicKey };
  } catch {
    return undefined;
  }
}

/**
 * When the certificate that was given for a request ends. Undefined unless it has the request's key, these names and no
 * other, and comes from this CA.
 */
export function endOfIssued(
  certificate: string,
  wanted: { readonly subject: ClientSubject; readonly publicKey: string; readonly ca: string },
): Date | undefined {
  try {
    const issued = new X509Certificate(certificate);
    const ca = new X509Certificate(wanted.ca);
    const key = createPublicKey({ key: Buffer.from(wanted.publicKey, "base64"), format: "der", type: "spki" });
    const names = issued.subject.split("\n").sort().join("\n");
    const { name, group } = wanted.subject;
    const isRight =
      names === [`CN=${name}`, `O=${group}`].join("\n") &&
      issued.publicKey.equals(key) &&
      issued.checkIssued(ca) &&
      issued.verify(ca.publicKey);
    return isRight ? new Date(issued.validTo) : undefined;
  } catch {
    return undefined;
  }
}

/** Imported when it is needed and not at the top: it takes a tenth of a second. */
async function library() {
  provideReflectMetadata();
  return import("@peculiar/x509");
}

/** Whether this key, in PEM, is the certificate's. */
export function isKeyOf(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
