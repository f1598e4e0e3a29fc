import { describe, expect, it } from "vitest";
import { lineScrubber, scrubText } from "../../../src/cluster/logs/scrub.js";
import { createSshKeyPair } from "../../../src/remote/key-pair.js";

const TOKEN = "abcdef.0123456789abcdef";
const PEM = createSshKeyPair("x").privateKey.trim();
const BODY = PEM.split("\n").slice(1, -1);
const ENCODED = Buffer.from(`${PEM}\n`).toString("base64");
const JWT = `eyJhbGciOiJSUzI1NiIsImtpZCI6Ing.eyJpc3MiOiJrdWJlcm5ldGVzL3NlcnZpY2U.c2lnbmF0dXJl`;

describe("what is taken out of a line", () => {
  it.each([
    [`joining with ${TOKEN}, please`, "joining with [secret], please"],
    [
      `kubeadm join --token ${TOKEN} --discovery-token-ca-cert-hash sha256:ab`,
      "kubeadm join --token [secret] --discovery-token-ca-cert-hash sha256:ab",
    ],
    [`  token: "${TOKEN}"`, "  token: [secret]"],
    [`"token":"${TOKEN}"`, '"token":[secret]'],
    [`tlsBootstrapToken: ${TOKEN}.`, "tlsBootstrapToken: [secret]."],
    [
      "kubeadm init phase upload-certs --certificate-key 0a1b2c3d",
      "kubeadm init phase upload-certs --certificate-key [secret]",
    ],
    ["certificateKey: 0a1b2c", "certificateKey: [secret]"],
    [`    client-key-data: ${ENCODED}`, "    client-key-data: [secret]"],
    [`{"client-key-data":"c2hvcnQ="}`, '{"client-key-data":[secret]}'],
    [`data: {tls.key: ${ENCODED}}`, "data: {tls.key: [secret]}"],
    ["Authorization: Bearer abc123", "Authorization: [secret]"],
    ["authorization: Basic dXNlcjpwYXNz and more", "authorization: [secret] and more"],
    [`headers={"Authorization":["Bearer ${JWT}"]}`, 'headers={"Authorization":["[secret]"]}'],
    ["curl -H 'Bearer abcdefghijklmnopqrst'", "curl -H 'Bearer [secret]'"],
    [`mounted ${JWT} here`, "mounted [secret] here"],
    [
      "https_proxy=http://joe:pass%20word@proxy.example.com:3128/",
      "https_proxy=http://[secret]@proxy.example.com:3128/",
    ],
    ["http: http://joe@proxy:3128", "http: http://[secret]@proxy:3128"],
    ['password: "hunter 2"', "password: [secret]"],
    ['msg="{\\"password\\":\\"hunter2\\"}"', 'msg="{\\"password\\":[secret]}"'],
    ["user=joe password=hunter2 host=x", "user=joe password=[secret] host=x"],
    [`key: "${PEM.replaceAll("\n", "\\n")}" end`, 'key: "[secret]" end'],
    ["the CA key is MIIsecretline, they say", "the CA key is [secret], they say"],
  ])("%#: %s", (line, expected) => {
    expect(lineScrubber(["MIIsecretline"])(line)).toBe(expected);
  });

  it.each([
    'I1121 06:29:30.123456    1234 kubelet.go:2412] "Pod status updated" pod="kube-system/coredns-5d78c9869d-abcde"',
    'time="2026-11-21T06:29:30.123456789Z" level=info msg="PullImage \\"registry.k8s.io/pause:3.10\\""',
    "image registry.example.com/team/app:v1.36.1@sha256:0123456789abcdef0123456789abcdef",
    "discovery-token-ca-cert-hash sha256:0123456789abcdef",
    "-----BEGIN CERTIFICATE-----",
    `certificate-authority-data: ${Buffer.from("-----BEGIN CERTIFICATE-----\nMIIB\n").toString("base64")}`,
    "node master1.example.com, api.demo.example.com:6443, 10.250.250.2",
    'Mounting "kube-api-access" secret default/token',
    "2026-11-21T06:29:30Z Normal Pulled Pod default/x: image is present",
  ])("nothing of: %s", (line) => {
    expect(lineScrubber([])(line)).toBe(line);
  });
});

describe("a private key over many lines", () => {
  it.each(["", "    ", "# ", "2026-11-21T06:29:30.000Z out: ", "minion1 kubelet | I1121 x] "])(
    "goes as a whole behind %j, and what follows stays",
    (prefix) => {
      const text = ["before", ...PEM.split("\n").map((line) => prefix + line), "after"].join("\n");
      const scrubbed = scrubText(text, []);
      for (const line of BODY) expect(scrubbed).not.toContain(line);
      expect(scrubbed).toMatch(/^before\n[\s\S]*\nafter$/);
    },
  );

  it("goes also when its begin is cut off, or its end", () => {
    const headless = scrubText([...BODY.slice(1), "-----END OPENSSH PRIVATE KEY-----", "after"].join("\n"), []);
    const endless = scrubText(
      ["-----BEGIN OPENSSH PRIVATE KEY-----", ...BODY, "I1121 06:29:30 after: all"].join("\n"),
      [],
    );
    for (const line of BODY) expect(headless + endless).not.toContain(line);
    expect(headless).toMatch(/\nafter$/);
    expect(endless).toMatch(/\nI1121 06:29:30 after: all$/);
  });
});
