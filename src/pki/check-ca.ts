import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { AlpineK8sError } from "../base/errors.js";

/** Where the two texts came from, for messages. */
export interface CaSource {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/**
 * Checks that certificate and key are a usable cluster CA: both readable, the key belongs to the certificate, the CA
 * flag is set, valid now. Else throws `usage` with every problem and the remedy. Writes nothing: a CA that exists is
 * never replaced, because every node and every admin.config of the cluster trusts it. Without `key` (the cluster is up
 * and the key was removed from this computer) it checks only the certificate.
 */
export function checkCa(certificate: string, key: string | undefined, source: CaSource, now = new Date()): void {
  const problems: string[] = [];
  const parsed = readOrReport(
    () => new X509Certificate(certificate),
    problems,
    `${source.certificateFile} is not a certificate`,
  );
  const privateKey =
    key === undefined
      ? undefined
      : readOrReport(() => createPrivateKey(key), problems, `${source.keyFile} is not a private key`);
  if (parsed) problems.push(...certificateProblems(parsed, source, now));
  if (parsed && privateKey && !parsed.checkPrivateKey(privateKey)) {
    problems.push(`${source.keyFile} is not the key of ${source.certificateFile}`);
  }
  if (problems.length === 0) return;
  throw new AlpineK8sError(
    "usage",
    ["the cluster's CA cannot be used:", ...problems.map((one) => `  ${one}`)].join("\n"),
    {
      hints: [
        `put back ${source.certificateFile} and ${source.keyFile} from a backup`,
        "or, if no machine of this cluster exists any more, remove both and run: alpine-k8s up",
      ],
    },
  );
}

function certificateProblems(certificate: X509Certificate, source: CaSource, now: Date): string[] {
  const problems: string[] = [];
  if (!certificate.ca) problems.push(`${source.certificateFile} is not a CA's certificate (CA:TRUE is missing)`);
  const from = new Date(certificate.validFrom);
  const to = new Date(certificate.validTo);
  if (to <= now) problems.push(`${source.certificateFile} expired on ${to.toISOString()}`);
  if (from > now) {
    problems.push(
      `${source.certificateFile} is valid only from ${from.toISOString()}; is this computer's clock right?`,
    );
  }
  return problems;
}

function readOrReport<T extends X509Certificate | KeyObject>(
  read: () => T,
  problems: string[],
  problem: string,
): T | undefined {
  try {
    return read();
  } catch {
    problems.push(problem);
    return undefined;
  }
}
