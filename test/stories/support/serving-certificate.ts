import { createPrivateKey, webcrypto } from "node:crypto";
import { provideReflectMetadata } from "../../../src/pki/reflect-metadata.js";
import { fqdn } from "./cluster.js";
import { type Machines, nodeAddress } from "./machines.js";
import { expectDone } from "./programs.js";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const PLACE = "/var/lib/kubelet/pki/kubelet";

/**
 * Gives a node's kubelet a serving certificate of the cluster's CA, in the place where it looks for one of its own, and
 * starts it again: who verifies the kubelet then finds its name and address in it.
 */
export async function serveVerified(machines: Machines, master: string, node: string): Promise<void> {
  const read = async (file: string): Promise<string> => {
    const outcome = await machines.on(master, `cat /etc/kubernetes/pki/${file}`);
    expectDone(outcome);
    return outcome.stdout;
  };
  const login = machines.logins.find(({ name }) => name === node);
  if (login === undefined) throw new Error(`no machine ${node}`);
  const { certificate, key } = await issued(await read("ca.crt"), await read("ca.key"), fqdn(node), nodeAddress(login));
  expectDone(await machines.on(node, `umask 077; cat >${PLACE}.key`, key));
  expectDone(await machines.on(node, `cat >${PLACE}.crt && rc-service kubelet restart`, certificate));
}

async function issued(ca: string, caKey: string, name: string, address: string) {
  provideReflectMetadata();
  const x509 = await import("@peculiar/x509");
  const der = createPrivateKey(caKey).export({ format: "der", type: "pkcs8" });
  const signingKey = await webcrypto.subtle.importKey("pkcs8", der, CURVE, false, ["sign"]);
  const keys = await webcrypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
  const made = await x509.X509CertificateGenerator.create({
    ...{ serialNumber: "0102", subject: `O=system:nodes, CN=system:node:${name}` },
    issuer: new x509.X509Certificate(ca).subject,
    ...{ notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 86_400_000) },
    ...{ publicKey: keys.publicKey, signingKey, signingAlgorithm: { name: "ECDSA", hash: "SHA-256" } },
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: "dns", value: name },
        { type: "ip", value: address },
      ]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  });
  const body = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const key = `-----BEGIN PRIVATE KEY-----\n${body.replace(/.{64}/g, "$&\n")}\n-----END PRIVATE KEY-----\n`;
  return { certificate: `${made.toString("pem")}\n`, key };
}
