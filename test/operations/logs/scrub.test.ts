import { describe, expect, it } from "vitest";
import { ownTime } from "../../fakes/own-time.js";
import { lineScrubber, scrubText } from "../../../src/operations/logs/scrub.js";
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

describe("what is named like a secret", () => {
  const SECRET = "hunter2Secret";

  it.each([
    ...[`REGISTRY_PASSWORD=${SECRET}`, `{"dbPassword":"${SECRET}"}`, `AWS_SECRET_ACCESS_KEY=${SECRET}`],
    ...[`export API_KEY=${SECRET}`, `{\\"auths\\":{\\"x\\":{\\"auth\\":\\"${SECRET}\\"}}}`],
    ...[`  .dockerconfigjson: ${SECRET}`, `{"kind":"x","token":"${SECRET}"}`, `error token=${SECRET} bad`],
    ...[`--client-secret ${SECRET}`, `clientSecret: ${SECRET}`, `"id_token": "${SECRET}"`, `privateKey: ${SECRET}`],
    ...[`headers={"X-Auth-Token":["${SECRET}"]}`, `Cookie: session=${SECRET}`],
    ...[`"password": "a\\"b${SECRET}"`, `password: 'a''${SECRET}'`, `password: ab;${SECRET}`, `password: a,${SECRET}`],
    ...[`{"name":"DB_PASSWORD","value":"${SECRET}"}`, `&EnvVar{Name:DB_PASSWORD,Value:${SECRET},}`],
    ...[`- { name: OIDC_TOKEN, value: ${SECRET} }`, `  - name: OIDC_TOKEN\n    value: ${SECRET}`],
  ])("%#: %s", (line) => {
    const scrubbed = scrubText(line, []);
    expect(scrubbed).toContain("[secret]");
    expect(scrubbed).not.toContain(SECRET);
  });

  const WORD = "letmein";

  it.each([
    ...["VAULT_TOKEN=hvs.CAESIJletmein", "VAULT_TOKEN=s.letmein", "X-Auth-Token: abc.letmein.ghi"],
    ...["K3S_TOKEN=letmein", "API_TOKEN=letmein", "DB_SECRET=letmein", "--token letmein", "--token=letmein"],
    ...['"X-Vault-Token":["hvs.letmein12"]', '["--password","letmein"]', 'args: ["--password", "letmein"]'],
    ...['["-token", "letmein"]', "args:\n- --password\n- letmein", '[\n  "--password",\n  "letmein",\n]'],
    ...["AuthConfig{Username:bot,Password:correct letmein,ServerAddress:x,}", "{Password:correct letmein}"],
    ...["MYSQL_PWD=letmein", "MYSQL_PWD: letmein", "pwd=letmein", "SMTP_PASS=letmein", "DB_PASS: l3tmein-letmein"],
    ...['{"pass":"letmein1"}', "mysql -u root -pletmein", "docker login -u me -p letmein", "sshpass -p letmein ssh x"],
    ...["curl -u bot:letmein https://x", "curl --user root:letmein", "docker -H x --user=root:letmein"],
    ...["https://hooks.slack.com/services/T0/B0/letmein", "https://discord.com/api/webhooks/1/letmein"],
    ...["got ghp_letmein0123456789", "glpat-letmein0123456789", "AGE-SECRET-KEY-1LETletmein", "PresharedKey = letmein"],
    ...["the password is letmein-1", 'psk="letmein"', '{"auth":["letmein1"]}', "token=    letmein"],
  ])("however it is written, %#: %s", (line) => {
    const scrubbed = scrubText(line, []);
    expect(scrubbed).toContain("[secret]");
    expect(scrubbed).not.toContain(WORD);
  });

  it.each([
    ...["PWD=/root/k8s", "OLDPWD=/root", "--user 1000:1000", "bypass: 3", "the password is required", "psk: none"],
    ...[
      "--enable-bootstrap-token-auth=true",
      "- --token-auth\n- --verbose",
      "secret: missing.",
      "mkdir -p x; login -p",
    ],
    ...['"token":["expired"]', "pass: ok"],
  ])("and nothing of: %s", (line) => {
    expect(scrubText(line, [])).toBe(line);
  });

  it.each([
    ...[`https://x.example.com/x.box?X-Amz-Signature=${SECRET}&a=b`, `https://x.example.com/?sig=${SECRET}`],
    ...[`http://joe:p@${SECRET}@proxy:3128`, `http://joe:${SECRET}/w@proxy:3128`, `http://joe:x'${SECRET}@proxy:3128`],
    `https_proxy=joe:${SECRET}@proxy:3128`,
  ])("in URLs, %#: %s", (line) => {
    expect(scrubText(line, [])).not.toContain(SECRET);
  });

  it.each([
    'I1121 06:29:30.123456    1234 flags.go:64] FLAG: --anonymous-auth="true"',
    'flags.go:64] FLAG: --tls-private-key-file=""',
    "failed to verify token: the token has expired",
    'MountVolume.SetUp failed for volume "x" : secret "y" not found',
    "docker://registry.example.com:5000/team/app@sha256:0123",
  ])("hides nothing of: %s", (line) => {
    expect(scrubText(line, [])).toBe(line);
  });
});

describe("any line is looked through in time that grows with its length", () => {
  const LONG = 64_000;
  it.each([
    ...["token: ", "token:[ ", "name= token", "authorization: { ", " ", "a://b:c", "_proxy=", "?token", "eyJ-", "x"],
    ...["--token ", "--tokentoken", "token=token", "-u a", "mysql -", "{Password:a b", "-----BEGIN PRIVATE KEY-----"],
    ...["token", "'", '"', "\\\\", '\\\\"', "name=token,", "password is ", "login login "],
  ])("%j again and again", (piece) => {
    for (const line of [
      piece.repeat(LONG / piece.length),
      `token:${" ".repeat(LONG)}`,
      piece.trim() + " ".repeat(LONG),
      `name=${piece.repeat(LONG / piece.length)}`,
    ]) {
      // Quadratic patterns took seconds.
      expect(ownTime(() => lineScrubber([])(line))).toBeLessThan(1_500);
    }
  });

  it("one of more than 64 KiB is cut and says so; a known secret across the cut is hidden", () => {
    const line = `${"x".repeat(65_530)}${TOKEN}${"y".repeat(1_000)}`;
    expect(lineScrubber([TOKEN])(line)).toBe(
      `${"x".repeat(65_530)}[secre [cut: the line has ${65_530 + 8 + 1_000} characters]`,
    );
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

  it("goes also between lines of others, and one that follows is seen as well", () => {
    const other = "I1121 06:29:30.123456 1 kubelet.go:1] said by another thread";
    const scrubbed = scrubText([...PEM.split("\n").flatMap((line) => [line, other]), PEM].join("\n"), []);
    for (const line of BODY) expect(scrubbed).not.toContain(line);
    expect(scrubbed.split("\n").filter((line) => line === other)).toHaveLength(PEM.split("\n").length);
  });

  it("goes line by line also when the first line is inside it, as with --follow", () => {
    const scrub = lineScrubber([]);
    const lines = [...BODY.slice(1), "-----END OPENSSH PRIVATE KEY-----", "after"].map(scrub);
    for (const line of BODY) expect(lines.join("\n")).not.toContain(line);
    expect(lines.at(-1)).toBe("after");
  });
});
