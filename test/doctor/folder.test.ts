import { chmod, mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { CHECKS } from "../../src/operations/doctor/catalogue.js";
import type { Subject } from "../../src/operations/doctor/subject.js";
import { stamp } from "../../src/templates/stamp.js";
import { find, subjectOf, type SubjectParts, verdict } from "./subject.js";
import { createSshKeyPair } from "../../src/remote/key-pair.js";

/** A subject whose folder holds these files, with their modes. */
async function withFiles(
  files: (paths: Subject["paths"]) => Record<string, string>,
  mode = 0o600,
  parts: SubjectParts = {},
): Promise<Subject> {
  const subject = subjectOf(parts);
  for (const [path, text] of Object.entries(files(subject.paths))) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, text);
    await chmod(path, mode);
  }
  return subject;
}

describe("secret-modes", () => {
  const secrets = (paths: Subject["paths"]): Record<string, string> => ({
    ...{ [paths.token]: "t", [paths.adminConfig]: "a", [paths.caKey]: "k", [paths.sshKey]: "s" },
    ...{ [paths.proxies.http]: "p", [join(paths.logs, "one-run", "master1.log")]: "l" },
  });

  it("of 0600 are right; without such files there is nothing to look at", async () => {
    const found = await find("secret-modes", await withFiles(secrets));
    expect({ verdict: verdict(found), evidence: found.evidence }).toEqual({
      verdict: "ok",
      evidence: "6 file(s), none that others can read",
    });
    expect(verdict(await find("secret-modes"))).toBe("skipped");
  });

  it("in a folder that others may write in have failed, and --fix makes it 0700", async () => {
    const subject = await withFiles(secrets);
    await chmod(subject.paths.state, 0o775);
    const found = await find("secret-modes", subject);
    expect([verdict(found), found.evidence]).toEqual(["failed error", "others can read .alpine-k8s (0775)"]);
    const outcome = await CHECKS.find(({ id }) => id === "secret-modes")?.look(subject);
    const fix = outcome !== undefined && "fix" in outcome ? outcome.fix : undefined;
    await expect(fix?.run()).resolves.toBe("made 0700: .alpine-k8s");
    expect((await stat(subject.paths.state)).mode & 0o777).toBe(0o700);
  });

  it("that let others read have failed, each file with its mode; --fix makes them 0600", async () => {
    const subject = await withFiles(secrets, 0o640);
    const found = await find("secret-modes", subject);
    expect(found).toMatchObject({ state: "failed", weight: "error", command: "alpine-k8s doctor --fix" });
    expect(found.evidence).toBe(
      "others can read cluster-token (0640), admin.config (0640), .alpine-k8s/pki/ca.key (0640), " +
        ".alpine-k8s/ssh/id_ed25519 (0640), .alpine-k8s/proxy/http (0640), .alpine-k8s/logs/one-run/master1.log (0640)",
    );
    const outcome = await CHECKS.find(({ id }) => id === "secret-modes")?.look(subject);
    const fix = outcome?.state === "failed" ? outcome.fix : undefined;
    await expect(fix?.run()).resolves.toMatch(/^made 0600: cluster-token, admin\.config, /);
    expect((await stat(subject.paths.caKey)).mode & 0o777).toBe(0o600);
    expect(verdict(await find("secret-modes", subject))).toBe("ok");
  });

  it("are not looked at on Windows (not run there)", async () => {
    expect(verdict(await find("secret-modes", { computer: { platform: "win32" } }))).toBe("skipped");
  });
});

describe("rendered-files", () => {
  const made = stamp({ template: "templates/node/shared.sh", version: "1" }, "#!/bin/sh\ntrue\n");

  function allOf({ scripts, vagrantfile }: Subject["paths"]): Record<string, string> {
    const files = [vagrantfile, scripts.shared, scripts.master, scripts.minion];
    return Object.fromEntries(files.map((file) => [file, made]));
  }

  it.each<[string, (paths: Subject["paths"]) => Record<string, string>, string]>([
    ["nothing rendered", () => ({}), "skipped"],
    ["files as rendered", allOf, "ok"],
    ["one that is gone", ({ scripts }) => ({ [scripts.shared]: made, [scripts.master]: made }), "failed warning"],
    ["an edited one", ({ scripts }) => ({ [scripts.shared]: `${made}echo\n` }), "failed warning"],
    ["a foreign one", ({ vagrantfile }) => ({ [vagrantfile]: "Vagrant.configure" }), "failed error"],
  ])("with %s", async (_name, files, expected) => {
    expect(verdict(await find("rendered-files", await withFiles(files)))).toBe(expected);
  });

  it("are named, with the command that renews them", async () => {
    const subject = await withFiles(({ scripts }) => ({ [scripts.shared]: `${made}echo\n`, [scripts.minion]: made }));
    expect(await find("rendered-files", subject)).toMatchObject({
      evidence: "edited by hand, used as they are: shared.sh",
      command: "alpine-k8s render --force",
    });
  });

  it("do not count the Vagrantfile with hosts", async () => {
    const spec = "{provider: hosts, hosts: [{name: master1, role: master, address: 203.0.113.7}]}";
    const subject = await withFiles(({ vagrantfile }) => ({ [vagrantfile]: "theirs" }), 0o644, { spec });
    expect(verdict(await find("rendered-files", subject))).toBe("skipped");
  });
});

describe("lock", () => {
  it.each([
    ["none", "ok", null],
    ["held", "ok", null],
    ["stale", "failed warning", "alpine-k8s doctor --fix"],
  ] as const)("%s is %s", async (state, expected, command) => {
    const found = await find("lock", { lock: { state, holder: "alpine-k8s up, process 7" } });
    expect({ verdict: verdict(found), command: found.command }).toEqual({ verdict: expected, command });
  });
});

describe("spec and identity", () => {
  const problem = { message: "alpine-k8s.yaml:3:1: wrong", command: "vi alpine-k8s.yaml" };

  it("are told with what is wrong and the command", async () => {
    expect(await find("spec", { specProblem: problem })).toMatchObject({
      ...{ state: "failed", weight: "error", evidence: problem.message, command: problem.command },
    });
    expect(verdict(await find("identity", { identityProblem: problem }))).toBe("failed error");
  });

  it("are ok, or not there yet", async () => {
    expect((await find("spec")).evidence).toBe("no alpine-k8s.yaml: the defaults");
    expect(verdict(await find("identity"))).toBe("skipped");
    expect((await find("identity", { pinned: true })).evidence).toBe(
      "cluster demo, Kubernetes v1.36.1, its CA and token",
    );
  });
});

describe("ssh-keys", () => {
  const hosts = (more: string): string =>
    `{provider: hosts, hosts: [{name: master1, role: master, address: 203.0.113.7${more}}]}`;
  const KEY = "/home/user/.ssh/mine";
  const PRIVATE = createSshKeyPair("user").privateKey;
  const given = hosts(", identityFile: ~/.ssh/mine");

  it.each<[string, SubjectParts, string]>([
    ["no cluster yet", {}, "skipped"],
    ["a cluster without its key", { pinned: true }, "failed error"],
    [
      "an identityFile",
      { spec: given, computer: { files: { [KEY]: PRIVATE }, mode: () => Promise.resolve(0o600) } },
      "ok",
    ],
    ["an identityFile that is not there", { spec: given }, "failed error"],
    [
      "one that others can read",
      { spec: given, computer: { files: { [KEY]: PRIVATE }, mode: () => Promise.resolve(0o644) } },
      "failed warning",
    ],
    [
      "one on Windows (not run there)",
      { spec: given, computer: { platform: "win32", files: { [KEY]: PRIVATE }, mode: () => Promise.resolve(0o666) } },
      "ok",
    ],
    [
      "one that is no key",
      { spec: given, computer: { files: { [KEY]: "" }, mode: () => Promise.resolve(0o600) } },
      "failed error",
    ],
    [
      "one that is no key beside an agent",
      {
        spec: given,
        computer: { files: { [KEY]: "" }, mode: () => Promise.resolve(0o600), env: { SSH_AUTH_SOCK: "/a" } },
      },
      "failed warning",
    ],
    [
      "a default key that is none",
      { spec: hosts(""), computer: { files: { "/home/user/.ssh/id_rsa": "x" } } },
      "failed error",
    ],
    ["neither key nor agent", { spec: hosts("") }, "failed error"],
    ["a default key", { spec: hosts(""), computer: { files: { "/home/user/.ssh/id_rsa": PRIVATE } } }, "ok"],
    ["an agent", { spec: hosts(""), computer: { env: { SSH_AUTH_SOCK: "/run/agent" } } }, "ok"],
  ])("with %s", async (_name, parts, expected) => {
    expect(verdict(await find("ssh-keys", parts))).toBe(expected);
  });

  it("of the cluster is there", async () => {
    const subject = await withFiles((paths) => ({ [paths.sshKey]: "key" }), 0o600, { pinned: true });
    expect(verdict(await find("ssh-keys", subject))).toBe("ok");
  });

  it("says which file, and what to type", async () => {
    expect((await find("ssh-keys", { spec: given })).evidence).toBe(
      `identityFile ~/.ssh/mine is not there, or not readable (${KEY})`,
    );
    const open = { files: { [KEY]: PRIVATE }, mode: () => Promise.resolve(0o644) };
    expect((await find("ssh-keys", { spec: given, computer: open })).command).toBe(`chmod 600 '${KEY}'`);
    const none = { files: { [KEY]: "x" }, mode: () => Promise.resolve(0o600) };
    expect((await find("ssh-keys", { spec: given, computer: none })).evidence).toBe(
      `${KEY} cannot be used: it is not a private key in PEM or OpenSSH format`,
    );
  });
});

describe("ssh-agent", () => {
  const spec = "{provider: hosts, hosts: [{name: master1, role: master, address: 203.0.113.7}]}";
  const env = { SSH_AUTH_SOCK: "/run/agent" };

  it.each<[string, SubjectParts, string]>([
    ["machines of Vagrant", {}, "skipped"],
    ["no agent", { spec }, "ok"],
    ["an agent", { spec, computer: { env, files: { "/run/agent": "" } } }, "ok"],
    ["an agent that is gone", { spec, computer: { env } }, "failed warning"],
    ["a pipe on Windows (not run there)", { spec, computer: { env, platform: "win32" } }, "ok"],
  ])("with %s", async (_name, parts, expected) => {
    expect(verdict(await find("ssh-agent", parts))).toBe(expected);
  });
});
