import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { exportLogs, type ExportSummary } from "../../../src/operations/logs/export-logs.js";
import { AlpineK8sError } from "../../../src/base/errors.js";
import { createSshKeyPair } from "../../../src/remote/key-pair.js";
import { treeOf } from "../../stories/support/tree.js";
import { event, LogsWorld, SPEC } from "./logs-world.js";

let logs: LogsWorld;
let out: string;
let file: string;
beforeEach(async () => {
  logs = await LogsWorld.create();
  for (const node of ["master1", "minion1", "minion2"]) {
    for (const log of ["kubelet", "runtime"]) logs.files.set(`${node} ${log}`, [`${log} of ${node}`]);
  }
  logs.events = [event("a", "2026-01-01T10:00:00Z", "there")];
  out = await mkdtemp(join(tmpdir(), "alpine-k8s export "));
  file = join(out, "report.tar.gz");
});

function run(changes: Partial<Parameters<typeof exportLogs>[0]> = {}): Promise<ExportSummary> {
  return exportLogs({ ...logs.input(), node: undefined, file, force: false, ...changes });
}

/** The archive unpacked by tar: texts by name. */
function unpacked(): Map<string, string> {
  const folder = join(out, "unpacked");
  execFileSync("sh", ["-c", 'mkdir "$1" && tar -xzf "$2" -C "$1"', "sh", folder, file]);
  const names = execFileSync("tar", ["-tzf", file], { encoding: "utf8" }).trim().split("\n");
  return new Map(
    names.map((name) => [name.replace("alpine-k8s-report/", ""), readFileSync(join(folder, name), "utf8")]),
  );
}

describe("the archive for a bug report", () => {
  it("holds all that helps, is mode 0600, tells what is inside, and changes nothing else", async () => {
    await mkdir(join(logs.world.folder, ".alpine-k8s/logs/2999-up"));
    await writeFile(join(logs.world.folder, ".alpine-k8s/logs/2999-up/minion1.log"), "what up did\n");
    await writeFile(join(logs.world.folder, ".alpine-k8s/logs/2999-up/timeline.jsonl"), '{"kind":"run"}\n');
    const before = await treeOf(logs.world.folder);
    const summary = await run();
    const texts = unpacked();
    expect(summary).toMatchObject({ cluster: "demo", file, bytes: statSync(file).size, problems: [] });
    expect(summary.entries).toEqual(
      [...texts].map(([name, text]) => ({ name: `alpine-k8s-report/${name}`, bytes: Buffer.byteLength(text) })),
    );
    const names = [...texts.keys()].filter((name) => !name.startsWith("run-logs/"));
    const perNode = ["master1", "minion1", "minion2"].flatMap((node) =>
      ["facts.json", "kubelet.log", "runtime.log"].map((name) => `nodes/${node}/${name}`),
    );
    expect(names).toEqual([
      ...["alpine-k8s.yaml", "identity.yaml", "timings"],
      ...["kubeadm/master1.yaml", "kubeadm/minion1.yaml", "kubeadm/minion2.yaml"],
      ...["status.json", ...perNode, "events.log", "about.txt"],
    ]);
    expect(texts.get("run-logs/2999-up/minion1.log")).toBe("what up did\n");
    expect(texts.get("run-logs/2999-up/timeline.jsonl")).toBe('{"kind":"run"}\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(out).sort()).toEqual(["report.tar.gz", "unpacked"]);
    expect(texts.get("nodes/minion1/kubelet.log")).toBe("kubelet of minion1\n");
    expect(JSON.parse(texts.get("status.json") ?? "")).toMatchObject({ cluster: "demo", healthy: true });
    expect(JSON.parse(texts.get("nodes/minion1/facts.json") ?? "")).toMatchObject({
      state: "finished",
      conditions: [{ id: "sysctls", state: "ok" }],
    });
    expect(texts.get("events.log")).toBe("2026-01-01T10:00:00Z Normal Pulled Pod default/web: there\n");
    expect(texts.get("about.txt")).toMatch(
      /^alpine-k8s \d+\.\d+\.\d+, Node\.js v\d+\S+, \S+ .*\n.*Kubernetes v1\.36\.1\n/,
    );
    expect(await treeOf(logs.world.folder)).toEqual(before);
    expect(logs.world.transcript.filter((line) => / \/ (vagrant|\S+\$ (?!facts \(read only\)))/.test(line))).toEqual(
      [],
    );
  });

  it("holds no secret of any kind, wherever it was planted", async () => {
    const { folder } = logs.world;
    const token = (await readFile(join(folder, "cluster-token"), "utf8")).trim();
    const caKey = await readFile(join(folder, ".alpine-k8s/pki/ca.key"), "utf8");
    const sshKey = await readFile(join(folder, ".alpine-k8s/ssh/id_ed25519"), "utf8");
    const other = createSshKeyPair("x").privateKey;
    const [, clientKey = ""] =
      /client-key-data: (\S+)/.exec(await readFile(join(folder, "admin.config"), "utf8")) ?? [];
    const jwt = "eyJhbGciOiJSUzI1NiIsImtpZCI6Ing.eyJpc3MiOiJrdWJlcm5ldGVzL3NlcnZpY2U.c2lnbmF0dXJl";
    const bodies = [caKey, sshKey, other].map((pem) => pem.trim().split("\n").at(-2) ?? "");
    const secrets = [
      token,
      "zyxwvu.9876543210zyxwvu",
      "hunter2",
      "swordfish",
      clientKey,
      jwt,
      "abc123bearer",
      ...bodies,
    ];
    const planted = [
      ...[
        `token ${token}`,
        "other zyxwvu.9876543210zyxwvu",
        "proxy http://joe:hunter2@proxy:3128",
        "password: swordfish",
      ],
      ...[`client-key-data: ${clientKey}`, `jwt ${jwt}`, "Authorization: Bearer abc123bearer", caKey, sshKey, other],
    ].join("\n");
    expect(secrets.filter((secret) => secret.length < 6 || !planted.includes(secret))).toEqual([]);
    const lines = planted.split("\n");
    logs.files.set("minion1 kubelet", lines);
    logs.files.set("minion1 runtime", lines);
    logs.events = lines.map((line, index) => event(String(index), "2026-01-01T10:00:00Z", line));
    logs.world.machine("minion2").notice = "zyxwvu.9876543210zyxwvu";
    await appendFile(join(folder, ".alpine-k8s/kubeadm/minion1.yaml"), planted);
    await appendFile(join(folder, "alpine-k8s.yaml"), planted.replaceAll(/^/gm, "# "));
    await mkdir(join(folder, ".alpine-k8s/logs/2999-up"));
    await writeFile(join(folder, ".alpine-k8s/logs/2999-up/minion1.log"), planted);
    const record = `${JSON.stringify({ waitsFor: planted })}\n`;
    await writeFile(join(folder, ".alpine-k8s/logs/2999-up/timeline.jsonl"), record);
    expect((await run()).problems).toEqual([]);
    const texts = unpacked();
    const found = [...texts].flatMap(([name, text]) =>
      secrets.filter((secret) => text.includes(secret)).map((secret) => `${name}: ${secret}`),
    );
    expect(found).toEqual([]);
    for (const name of [
      "nodes/minion1/kubelet.log",
      "events.log",
      "kubeadm/minion1.yaml",
      "alpine-k8s.yaml",
      "run-logs/2999-up/minion1.log",
      "run-logs/2999-up/timeline.jsonl",
    ])
      expect(texts.get(name)).toContain("[secret]");
  });

  it("holds no secret of the spec and of admin.config, also where nothing says that it is one", async () => {
    const spec = SPEC.replace("joe:hunter2@", "joe:b%40r-w0rd@").replace(
      '"v1.36.1" }',
      '"v1.36.1", kubeadm: { ClusterConfiguration: { apiServer: { extraEnvs: [{ name: OIDC_TOKEN, value: env77x }] } } } }',
    );
    logs = await LogsWorld.create(spec);
    const { folder } = logs.world;
    const [, key = ""] = /client-key-data: (\S+)/.exec(await readFile(join(folder, "admin.config"), "utf8")) ?? [];
    const keyLine = Buffer.from(key, "base64").toString().trim().split("\n").at(1) ?? "";
    const secrets = ["b@r-w0rd", "b%40r-w0rd", "env77x", keyLine, key];
    expect(secrets.filter((secret) => secret.length < 6)).toEqual([]);
    logs.files.set("minion1 kubelet", ["first", ...secrets.map((secret) => `saw ${secret} here`)]);
    await run();
    const texts = unpacked();
    expect(texts.get("nodes/minion1/kubelet.log")).toBe(`first\n${"saw [secret] here\n".repeat(secrets.length)}`);
    const found = [...texts].flatMap(([name, text]) =>
      secrets.filter((secret) => text.includes(secret)).map((secret) => `${name}: ${secret}`),
    );
    expect(found).toEqual([]);
  });

  it("is made also of a cluster that is off, and says what is missing, inside as well", async () => {
    for (const name of ["master1", "minion1", "minion2"]) {
      logs.off.add(name);
      logs.world.machine(name).running = false;
    }
    logs.events = "connection refused";
    const { problems, entries } = await run();
    expect(problems).toEqual([
      ...["master1", "minion1", "minion2"].flatMap((name) => [
        `${name}: its facts: it does not answer, or shared.sh does not run there`,
        `${name}: its machine is off (halted)`,
      ]),
      "events: connection refused",
    ]);
    expect(entries.map(({ name }) => name)).toContain("alpine-k8s-report/status.json");
    for (const problem of problems) expect(unpackedOnce("about.txt")).toContain(problem);
  });

  it("of one node holds that node's logs only", async () => {
    const { entries } = await run({ node: "minion1" });
    expect(entries.filter(({ name }) => name.includes("/nodes/")).map(({ name }) => name.split("/")[2])).toEqual([
      ...["minion1", "minion1", "minion1"],
    ]);
  });
});

function unpackedOnce(name: string): string {
  return execFileSync("tar", ["-xzOf", file, `alpine-k8s-report/${name}`], { encoding: "utf8" });
}

describe("the place of the archive", () => {
  it("is refused when it is taken, before any work; --force replaces it", async () => {
    await writeFile(file, "mine", { mode: 0o644 });
    await expect(run()).rejects.toMatchObject({
      ...{ kind: "usage", message: `${file} exists already; it was left as it is` },
      hints: ["give another name, or --force to replace it"],
    });
    expect([readFileSync(file, "utf8"), logs.commands]).toEqual(["mine", []]);
    await run({ force: true });
    expect(unpacked().size).toBeGreaterThan(10);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("keeps a file that appears meanwhile", async () => {
    logs.onLook = () => execFileSync("sh", ["-c", 'echo theirs > "$1"', "sh", file]);
    await expect(run()).rejects.toMatchObject({
      kind: "usage",
      message: `${file} exists already; it was left as it is`,
    });
    expect([readFileSync(file, "utf8"), readdirSync(out)]).toEqual(["theirs\n", ["report.tar.gz"]]);
  });

  it("is refused when it is a folder, or in none", async () => {
    await expect(run({ file: out })).rejects.toMatchObject({ message: `${out} is a folder; give the name of a file` });
    await rm(out, { recursive: true });
    await expect(run()).rejects.toMatchObject({ kind: "usage", message: expect.stringContaining("ENOENT") as string });
  });

  it("stays empty after Ctrl-C", async () => {
    const stop = new AbortController();
    const interrupted = new AlpineK8sError("interrupted", "interrupted");
    logs.onLook = () => stop.abort(interrupted);
    await expect(run(logs.input(stop.signal))).rejects.toBe(interrupted);
    expect([existsSync(file), readdirSync(out)]).toEqual([false, []]);
  });
});
