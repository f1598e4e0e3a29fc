import { failed, ok, type QuickCheck } from "../check.js";

/**
 * Variables that name an extra CA for other programs; Node reads only NODE_EXTRA_CA_CERTS (Node's documentation, CLI).
 */
const OTHERS = ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO"];

/** A network that intercepts TLS has a CA of its own; downloads trust that of the spec, or of NODE_EXTRA_CA_CERTS. */
export const interceptingCa: QuickCheck = {
  id: "intercepting-ca",
  on: "this computer",
  weight: "warning",
  inUp: "warn",
  look: ({ computer, spec }) => {
    const { env } = computer;
    const extra = env["NODE_EXTRA_CA_CERTS"] ?? "";
    if (env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
      return failed(
        "NODE_TLS_REJECT_UNAUTHORIZED=0: downloads take any certificate",
        "unset NODE_TLS_REJECT_UNAUTHORIZED",
      );
    }
    if (extra !== "") {
      if (computer.canRead(extra)) return ok(`NODE_EXTRA_CA_CERTS=${extra}`);
      return failed(
        `NODE_EXTRA_CA_CERTS=${extra} cannot be read; Node goes on without it`,
        "unset NODE_EXTRA_CA_CERTS",
      );
    }
    const inSpec = spec?.proxy.ca ?? "";
    if (inSpec !== "") return ok(`spec.proxy.ca: ${inSpec}`);
    const other = OTHERS.find((name) => (env[name] ?? "") !== "");
    if (other === undefined) return ok("no variable names a CA of its own");
    return failed(
      `${other} names a CA for other programs; downloads here do not trust it without spec.proxy.ca or NODE_EXTRA_CA_CERTS`,
      `export NODE_EXTRA_CA_CERTS="$${other}"`,
    );
  },
};
