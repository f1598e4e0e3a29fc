import { X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createClusterCa, type ClusterCa } from "../../src/pki/ca.js";
import { type Subject } from "../../src/operations/doctor/subject.js";
import { find, subjectOf, type SubjectParts, verdict } from "./subject.js";

const WARNED = "failed warning";
const OK = "ok";
const hosts = "{provider: hosts, hosts: [{name: master1, role: master, address: 203.0.113.7}]}";

describe("proxy", () => {
  const env = (variables: Record<string, string>): SubjectParts => ({ computer: { env: variables } });
  const HTTPS_PROXY = "http://user:secret@proxy.example.com:3128";

  it.each<[string, SubjectParts, string]>([
    ["none", {}, OK],
    ["one, and NO_PROXY for the network", env({ HTTPS_PROXY, NO_PROXY: "localhost,10.250.250.0/24" }), OK],
    ["one, and NO_PROXY for everything", env({ HTTPS_PROXY, no_proxy: "*" }), OK],
    ["one for http only", env({ http_proxy: HTTPS_PROXY }), OK],
    ["one without NO_PROXY", env({ HTTPS_PROXY }), WARNED],
    ["one, and NO_PROXY for another network", env({ all_proxy: HTTPS_PROXY, NO_PROXY: "10.0.0.0/16" }), WARNED],
    ["one that is none", env({ HTTPS_PROXY: "socks5://localhost" }), WARNED],
  ])("with %s", async (_name, parts, expected) => {
    expect(verdict(await find("proxy", parts))).toBe(expected);
  });

  it("says what to set, and no password", async () => {
    const found = await find("proxy", env({ HTTPS_PROXY, no_proxy: "localhost" }));
    expect(found.evidence).toBe(
      "HTTPS_PROXY would be asked for the API at 10.250.250.2: no_proxy does not name 10.250.250.0/24",
    );
    expect(found.command).toBe('export no_proxy="${no_proxy:+$no_proxy,}10.250.250.0/24"');
    const far = await find("proxy", { ...env({ HTTPS_PROXY }), spec: hosts });
    expect(far.command).toBe('export NO_PROXY="${NO_PROXY:+$NO_PROXY,}203.0.113.7"');
    expect(JSON.stringify([found, far])).not.toContain("secret");
  });

  it("of another kind is no reason to cut the user off: kubectl speaks SOCKS", async () => {
    const socks = { ALL_PROXY: "socks5://localhost" };
    const found = await find("proxy", env(socks));
    expect(found.command).toBe('export NO_PROXY="${NO_PROXY:+$NO_PROXY,}10.250.250.0/24"');
    // As the advice says.
    expect(verdict(await find("proxy", env({ ...socks, NO_PROXY: "10.250.250.0/24" })))).toBe(OK);
    const broken = await find("proxy", env({ HTTPS_PROXY: "'http://p'", http_proxy: "http://q" }));
    expect(broken.command).toBe("unset HTTPS_PROXY");
  });

  it("of the nodes is missed in the spec when this computer needs one", async () => {
    expect(verdict(await find("proxy-of-nodes"))).toBe(OK);
    expect(verdict(await find("proxy-of-nodes", env({ HTTPS_PROXY })))).toBe(WARNED);
    const spec = '{proxy: {https: "http://proxy.example.com:3128"}}';
    expect(verdict(await find("proxy-of-nodes", { ...env({ HTTPS_PROXY }), spec }))).toBe(OK);
    expect(verdict(await find("proxy-of-nodes", { ...env({ HTTPS_PROXY }), spec: false }))).toBe("skipped");
  });
});

describe("intercepting-ca", () => {
  const env = (variables: Record<string, string>): SubjectParts => ({
    computer: { env: variables, files: { "/etc/ca.pem": "" } },
  });

  it.each<[string, SubjectParts, string, string | null]>([
    ["nothing", {}, OK, null],
    ["one that Node knows", env({ NODE_EXTRA_CA_CERTS: "/etc/ca.pem", SSL_CERT_FILE: "/etc/ca.pem" }), OK, null],
    ["one that is not there", env({ NODE_EXTRA_CA_CERTS: "/etc/no.pem" }), WARNED, "unset NODE_EXTRA_CA_CERTS"],
    ["one for others", env({ CURL_CA_BUNDLE: "/etc/ca.pem" }), WARNED, 'export NODE_EXTRA_CA_CERTS="$CURL_CA_BUNDLE"'],
    ["one in the spec", { ...env({ CURL_CA_BUNDLE: "/etc/ca.pem" }), spec: "{proxy: {ca: ca.pem}}" }, OK, null],
    ["all checks off", env({ NODE_TLS_REJECT_UNAUTHORIZED: "0" }), WARNED, "unset NODE_TLS_REJECT_UNAUTHORIZED"],
  ])("with %s", async (_name, parts, expected, command) => {
    const found = await find("intercepting-ca", parts);
    expect({ verdict: verdict(found), command: found.command }).toEqual({ verdict: expected, command });
  });
});

describe("proxy-ca-ends", () => {
  const DAY = 24 * 3600_000;
  let ca: ClusterCa;
  let ends: number;
  beforeAll(async () => {
    ca = await createClusterCa({ name: "proxy" });
    ends = Date.parse(new X509Certificate(ca.certificate).validTo);
  });

  /** A folder whose spec names the CA, on a computer on which it has that many days left. */
  async function withDaysLeft(days: number): Promise<Subject> {
    const now = (): number => ends - days * DAY;
    const subject = subjectOf({ spec: "{proxy: {ca: corporate.pem}}", computer: { now } });
    await writeFile(join(dirname(subject.paths.spec), "corporate.pem"), ca.certificate);
    return subject;
  }

  it("is asked of nobody who names no CA, and of no invalid spec", async () => {
    expect(verdict(await find("proxy-ca-ends"))).toBe(OK);
    expect(verdict(await find("proxy-ca-ends", { spec: false }))).toBe("skipped");
  });

  it("is told 30 days before", async () => {
    expect(verdict(await find("proxy-ca-ends", await withDaysLeft(31)))).toBe(OK);
    const soon = await find("proxy-ca-ends", await withDaysLeft(29.5));
    expect(verdict(soon)).toBe(WARNED);
    expect(soon.evidence).toBe(
      `corporate.pem is valid until ${new Date(ends).toISOString().slice(0, 10)}, 29 days; ask who runs the proxy for the next one`,
    );
    expect(soon.command).toBe('"${EDITOR:-vi}" alpine-k8s.yaml');
  });
});
