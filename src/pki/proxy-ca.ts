import { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { AlpineK8sError, messageOf } from "../base/errors.js";

/** Bytes of the file: its certificates go to every node in one variable. */
const LARGEST = 64 * 1024;

const KEY = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/;
const BEGIN = "-----BEGIN CERTIFICATE-----";
const CERTIFICATE = new RegExp(String.raw`${BEGIN}[\s\S]*?(?:-----END CERTIFICATE-----|$)`, "g");

/**
 * The CA certificates in the file that `spec.proxy.ca` names, as PEM and nothing else of the file; undefined when the
 * spec names none. A path is taken from the cluster folder. Throws `usage` for a file that is not there, is no PEM, or
 * holds something other than CA certificates. A certificate that has ended is returned: see {@link checkProxyCa}.
 */
export async function readProxyCa(folder: string, file: string): Promise<string | undefined> {
  return (await certificatesIn(folder, file))?.pem;
}

/** Throws `usage` for what {@link readProxyCa} refuses, and for a certificate that is not valid now. */
export async function checkProxyCa(folder: string, file: string, now = new Date()): Promise<void> {
  const found = await certificatesIn(folder, file);
  for (const certificate of found?.certificates ?? []) {
    const wrong = validityProblem(certificate, now);
    if (wrong !== undefined) throw refused(placeOf(folder, file), wrong);
  }
}

/** When the first of the certificates ends. Throws `usage` for what {@link readProxyCa} refuses, and without a file. */
export async function proxyCaEnds(folder: string, file: string): Promise<Date> {
  const { certificates = [] } = (await certificatesIn(folder, file)) ?? {};
  const [first] = certificates.map(({ validTo }) => new Date(validTo)).sort((a, b) => a.getTime() - b.getTime());
  if (first === undefined) throw refused(placeOf(folder, file), "holds no certificate");
  return first;
}

interface Certificates {
  readonly pem: string;
  readonly certificates: readonly X509Certificate[];
}

async function certificatesIn(folder: string, file: string): Promise<Certificates | undefined> {
  if (file === "") return undefined;
  const path = placeOf(folder, file);
  const text = await textOf(path);
  if (KEY.test(text)) {
    throw refused(path, "holds a private key, and all of it would go to every node", [
      "name a file with certificates only; whoever has that key can read what the proxy's users send",
    ]);
  }
  const certificates = (text.match(CERTIFICATE) ?? []).map((pem) => parsed(path, pem));
  if (certificates.length === 0) {
    throw refused(path, `holds no certificate in PEM (it has no line ${BEGIN})`, [
      "from DER: openssl x509 -inform der -in FILE.der -out FILE.pem",
    ]);
  }
  for (const certificate of certificates) {
    if (certificate.ca) continue;
    throw refused(path, `holds ${subjectOf(certificate)}, which is no CA's certificate (CA:TRUE is missing)`);
  }
  return { pem: [...new Set(certificates.map((one) => one.toString()))].join(""), certificates };
}

function placeOf(folder: string, file: string): string {
  return resolve(folder, file.replace(/^~(?=[\\/])/, homedir()));
}

async function textOf(path: string): Promise<string> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw refused(path, "is no file");
    if (found.size > LARGEST) throw refused(path, `is larger than ${LARGEST / 1024} KiB`);
    return await readFile(path, "latin1");
  } catch (error) {
    if (error instanceof AlpineK8sError) throw error;
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw refused(path, isMissing ? "is not there" : `cannot be read: ${messageOf(error)}`);
  }
}

function parsed(path: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw refused(path, `holds a certificate that cannot be read: ${messageOf(error)}`);
  }
}

function validityProblem(certificate: X509Certificate, now: Date): string | undefined {
  const from = new Date(certificate.validFrom);
  const to = new Date(certificate.validTo);
  if (to <= now) return `holds ${subjectOf(certificate)}, which ended on ${to.toISOString()}`;
  if (from <= now) return undefined;
  return `holds ${subjectOf(certificate)}, valid only from ${from.toISOString()}; is this computer's clock right?`;
}

function subjectOf({ subject, serialNumber }: X509Certificate): string {
  // A certificate need not say whose it is.
  return (subject as string | undefined)?.split("\n").join(", ") ?? `certificate ${serialNumber}`;
}

function refused(path: string, why: string, hints: readonly string[] = []): AlpineK8sError {
  return new AlpineK8sError("usage", `the proxy's CA cannot be used: ${path} ${why}`, {
    hints: [...hints, "correct spec.proxy.ca in alpine-k8s.yaml; a path is taken from the cluster folder"],
  });
}
