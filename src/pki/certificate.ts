import { X509Certificate } from "node:crypto";

/** Whose certificate it is, and when it expires. */
export interface CertificateEnd {
  /** `O=…, CN=…`, in the certificate's order. */
  readonly subject: string;
  readonly notAfter: Date;
}

/** Reads the first certificate of a PEM text, or a DER body. Undefined when it cannot be read: it may be truncated. */
export function readCertificate(data: string | Uint8Array): CertificateEnd | undefined {
  try {
    const certificate = new X509Certificate(data);
    const notAfter = new Date(certificate.validTo);
    return { subject: certificate.subject.split("\n").join(", "), notAfter };
  } catch {
    return undefined;
  }
}
