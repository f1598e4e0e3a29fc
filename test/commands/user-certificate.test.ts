import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { UsersWorld, type Signer } from "../operations/users-world.js";
import { stage, user } from "./user-stage.js";

const FILE = "anna.config";
const SPENT = "/api/v1/namespaces/alpine-k8s-users/configmaps/alpine-k8s-spent-certificates";
const DAY = 86_400_000;

async function fieldsIn(file = FILE): Promise<Record<string, string>> {
  const { users } = parse(await stage.world.file(file)) as { users: [{ user: Record<string, string> }] };
  return users[0].user;
}

async function certificateIn(file = FILE): Promise<X509Certificate> {
  return new X509Certificate(Buffer.from((await fieldsIn(file))["client-certificate-data"] ?? "", "base64"));
}

const pathOf = (name: string): string => join(stage.world.folder, name);

/** Makes a request as a colleague does: with this line of openssl, in the folder. */
function openssl(line: string): void {
  execFileSync("sh", ["-c", line], { cwd: stage.world.folder, stdio: ["ignore", "ignore", "ignore"] });
}

/** The line that a refusal prints. */
function lineIn(stderr: string): string {
  return /openssl req .*CN=\S+/.exec(stderr)?.[0] ?? "none";
}

describe("user add --kind certificate", () => {
  it("has one signed for a group that only it has, which gets the role; the key is shown nowhere", async () => {
    const { stdout, stderr, exitCode } = await user("add", "anna", "--kind", "certificate", "--days", "30");
    expect(exitCode).toBe(0);
    const certificate = await certificateIn();
    expect(certificate.subject).toMatch(/^O=alpine-k8s:user:anna:[0-9a-f]{16}\nCN=alpine-k8s:user:anna$/);
    expect(Math.abs(certificate.validToDate.getTime() - Date.now() - 30 * DAY)).toBeLessThan(60_000);
    expect(stdout).toContain(`Its certificate ends at ${certificate.validToDate.toISOString().replace(".000Z", "Z")}.`);
    expect(stage.world.rights(await stage.world.file(FILE))).toEqual(["edit in anna"]);
    const key = (await fieldsIn())["client-key-data"] ?? "none";
    for (const place of [stdout, stderr, JSON.stringify([...stage.world.objects])]) {
      expect(place).not.toContain(key);
      expect(place).not.toContain("PRIVATE KEY");
    }
    expect(stage.world.left().filter((path) => /signingrequests|secrets|serviceaccounts/.test(path))).toEqual([]);
  });

  it("remove and renew end what it may do, and say until when it is still accepted", async () => {
    await user("add", "anna", "--kind", "certificate");
    const first = await stage.world.file(FILE);
    const renewed = await user("renew", "anna");
    expect(renewed.stdout).toMatch(
      /The old certificate may do nothing any more\. It is still accepted as one of user anna until \d{4}-/,
    );
    const second = await stage.world.file(FILE);
    expect([stage.world.rights(first), stage.world.rights(second)]).toEqual([[], ["edit in anna"]]);
    const removed = await user("remove", "anna", "--yes");
    expect(removed.stdout).toMatch(
      /The certificate may do nothing; it is still accepted as one of user anna until \d{4}-/,
    );
    await user("add", "anna", "--kind", "certificate");
    const third = await stage.world.file(FILE);
    expect([first, second, third].map((text) => stage.world.rights(text))).toEqual([[], [], ["edit in anna"]]);
  });

  it("user kubeconfig takes the key from the file, and without it says what to type", async () => {
    await user("add", "anna", "--kind", "certificate");
    const before = await stage.world.file(FILE);
    expect((await user("kubeconfig", "anna")).exitCode).toBe(0);
    expect(await stage.world.file(FILE)).toBe(before);
    await rm(pathOf(FILE));
    const { stderr, exitCode } = await user("kubeconfig", "anna");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("the key of user anna is only in the kubeconfig that was written");
    expect(stderr).toContain("alpine-k8s user renew anna");
  });

  it.each<readonly [Signer, number, string]>([
    ["denies", 4, "the request for a certificate of user anna was denied: Policy: not in this cluster"],
    ["sleeps", 5, "waiting for the certificate of user anna: the cluster has not signed it yet"],
    ["signs another key", 4, "with a certificate for another key or name, or of another CA"],
    ["signs another name", 4, "with a certificate for another key or name, or of another CA"],
  ])("where the cluster %s, exits %i and leaves nothing half-made", async (signer, code, words) => {
    stage.world.signer = signer;
    const { stderr, exitCode } = await user("add", "anna", "--kind", "certificate");
    expect([exitCode, stderr]).toEqual([code, expect.stringContaining(words)]);
    expect(stage.world.left()).toEqual([]);
    await expect(stage.world.file(FILE)).rejects.toThrow("ENOENT");
  });

  it("before 1.22 refuses --days, and takes the life that the cluster gives, which it tells", async () => {
    stage.world = await UsersWorld.create("v1.20.2");
    const refused = await user("add", "anna", "--kind", "certificate", "--days", "30");
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining("it can be chosen since 1.22")]);
    expect(stage.world.changes).toEqual([]);
    const { stdout } = await user("add", "anna", "--kind", "certificate");
    expect(stdout).toContain("Kubernetes 1.20 lets nobody choose a certificate's life: it ends at ");
    expect(stdout).toContain("Kubernetes 1.20 has no pod security levels (they come with 1.23)");
    expect(JSON.stringify(stage.world.objects.get("/api/v1/namespaces/anna"))).not.toContain("pod-security");
    expect((await user("renew", "anna", "--days", "3")).exitCode).toBe(2);
    expect((await user("renew", "anna")).exitCode).toBe(0);
  });
});

describe("user add --csr", () => {
  it("signs a request of the colleague's, writes no key, and never takes the same request twice", async () => {
    openssl("openssl req -new -newkey rsa:2048 -nodes -keyout bad.key -out bad.csr -subj /O=system:masters/CN=anna");
    const refused = await user("add", "anna", "--csr", pathOf("bad.csr"));
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain("bad.csr do not fit: O=system:masters, CN=anna");
    expect(stage.world.changes).toEqual([]);
    openssl(lineIn(refused.stderr));
    const { stdout, exitCode } = await user("add", "anna", "--csr", pathOf("anna.csr"));
    expect(exitCode).toBe(0);
    expect(stdout).toContain("the kubeconfig has no key: the colleague puts anna.key beside it");
    expect(Object.keys(await fieldsIn())).toEqual(["client-certificate-data", "client-key"]);
    expect(await fieldsIn()).toMatchObject({ "client-key": "anna.key" });
    const old = await stage.world.file(FILE);
    expect(stage.world.rights(old)).toEqual(["edit in anna"]);
    for (const verb of ["add", "renew"] as const) {
      const again = await user(verb, "anna", "--csr", pathOf("anna.csr"));
      expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining("openssl req -new")]);
    }
    await user("remove", "anna", "--yes");
    expect(Object.keys(stage.world.objects.get(SPENT)?.["data"] as object)).toHaveLength(1);
    const revived = await user("add", "anna", "--csr", pathOf("anna.csr"));
    expect([revived.exitCode, revived.stderr]).toEqual([2, expect.stringContaining("anna.csr was used before")]);
    expect(stage.world.rights(old)).toEqual([]);
  });

  it("renews by another request, and writes the kubeconfig once more without a file", async () => {
    openssl(lineIn((await user("add", "anna", "--csr", pathOf(FILE).replace(FILE, "alpine-k8s.yaml"))).stderr));
    await user("add", "anna", "--csr", pathOf("anna.csr"));
    const first = await stage.world.file(FILE);
    await rm(pathOf(FILE));
    expect((await user("kubeconfig", "anna")).exitCode).toBe(0);
    expect(await stage.world.file(FILE)).toBe(first);
    const without = await user("renew", "anna");
    expect([without.exitCode, without.stderr]).toEqual([
      2,
      expect.stringContaining("alpine-k8s user renew anna --csr FILE"),
    ]);
    openssl(lineIn((await user("renew", "anna", "--csr", pathOf("anna.csr"))).stderr));
    expect((await user("renew", "anna", "--csr", pathOf("anna.csr"))).exitCode).toBe(0);
    expect([stage.world.rights(first), stage.world.rights(await stage.world.file(FILE))]).toEqual([
      [],
      ["edit in anna"],
    ]);
  });

  it("goes on with the same request where a run was killed while it was signed", async () => {
    openssl(lineIn((await user("add", "anna", "--csr", pathOf("alpine-k8s.yaml"))).stderr));
    let isDead = false;
    stage.world.onChange = (change) => {
      isDead ||= change.endsWith("/approval");
      if (isDead) throw new Error("killed");
    };
    expect((await user("add", "anna", "--csr", pathOf("anna.csr"))).exitCode).toBe(1);
    stage.world.onChange = () => undefined;
    expect(stage.world.left().join()).toContain("certificatesigningrequests");
    expect((await user("add", "anna", "--csr", pathOf("anna.csr"))).exitCode).toBe(0);
    expect(stage.world.rights(await stage.world.file(FILE))).toEqual(["edit in anna"]);
    expect(stage.world.left().join()).not.toContain("certificatesigningrequests");
  });

  it("refuses a file that is none, that is not there, and the request of another user", async () => {
    await writeFile(pathOf("no.csr"), "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n");
    const none = await user("add", "anna", "--csr", pathOf("no.csr"));
    expect([none.exitCode, none.stderr]).toEqual([
      2,
      expect.stringContaining("no.csr is no request for a certificate in PEM"),
    ]);
    const missing = await user("add", "anna", "--csr", pathOf("missing.csr"));
    expect([missing.exitCode, missing.stderr]).toEqual([
      2,
      expect.stringContaining("missing.csr cannot be read: ENOENT"),
    ]);
    openssl(lineIn(none.stderr));
    const other = await user("add", "bob", "--csr", pathOf("anna.csr"));
    expect([other.exitCode, other.stderr]).toEqual([2, expect.stringContaining("the names in ")]);
    expect(stage.world.changes).toEqual([]);
  });
});
