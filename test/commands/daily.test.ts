import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { captureOutput } from "@oclif/test";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { boundedWriter } from "../../src/cli/text/logs.js";
import type { DownSummary } from "../../src/operations/down.js";
import type { ExportSummary } from "../../src/operations/logs/export-logs.js";
import { prepareSsh } from "../../src/operations/ssh.js";
import Down from "../../src/commands/down.js";
import Logs from "../../src/commands/logs.js";
import Ssh from "../../src/commands/ssh.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import { runInteractive } from "../../src/base/process-interactive.js";
import { event, LogsWorld } from "../operations/logs/logs-world.js";
import { differences, documented } from "./documented.js";
import { ROOT, type Ran } from "./run-command.js";

vi.mock("../../src/operations/ssh.js");
vi.mock("../../src/base/process-interactive.js");

let world: LogsWorld;
beforeEach(async () => {
  vi.clearAllMocks();
  world = await LogsWorld.create();
  world.files.set("minion1 kubelet", ["one", "two"]);
  world.files.set("master1 kubelet", ["uno"]);
  world.events = [event("a", "2026-01-01T10:00:00Z", "there")];
});

async function run(name: "down" | "logs" | "ssh", ...argv: string[]): Promise<Ran> {
  const tools = () => Promise.resolve(world.tools());
  class FakeDown extends Down {
    static override id = "down";
    protected override tools = tools;
  }
  class FakeLogs extends Logs {
    static override id = "logs";
    protected override tools = tools;
  }
  class FakeSsh extends Ssh {
    static override id = "ssh";
    protected override tools = tools;
  }
  const commands = { down: FakeDown, logs: FakeLogs, ssh: FakeSsh };
  const command: { run(argv: string[], root: string): Promise<unknown> } = commands[name];
  const at = ["--dir", world.world.folder];
  const { stdout, stderr, error } = await captureOutput(() => command.run([...at, ...argv], ROOT));
  return { stdout, stderr, exitCode: error === undefined ? 0 : (error.oclif?.exit ?? 1) };
}

describe("down", () => {
  it("tells what was halted and what to type next", async () => {
    const { stdout, exitCode } = await run("down");
    expect(exitCode).toBe(0);
    const next = "Next: alpine-k8s up\n  each alpine-k8s command with: --dir ";
    expect(stdout).toContain(`Cluster demo is down: halted minion1, minion2, master1.\n${next}`);
    expect((await run("down")).stdout).toContain(
      `Cluster demo is down: nothing was running.\nOff already: master1, minion1, minion2.\n${next}`,
    );
  });

  it("-o json gives the documented document alone", async () => {
    world.world.machine("minion2").exists = false;
    const { stdout, exitCode } = await run("down", "-o", "json");
    const summary = JSON.parse(stdout) as DownSummary;
    expect(exitCode).toBe(0);
    expect(differences({ ...summary }, documented("`down -o json`"))).toEqual([]);
    expect(summary).toMatchObject({ halted: ["minion1", "master1"], left: [{ name: "minion2", state: "absent" }] });
  });

  it("after Ctrl-C exits 130 and names itself", async () => {
    world.world.onCommand = () => process.emit("SIGINT");
    const { stderr, exitCode } = await run("down");
    expect(exitCode).toBe(130);
    expect(stderr).toContain("Try:\n  to continue: alpine-k8s down\n");
  });
});

describe("ssh", () => {
  const prepared = { program: "/usr/bin/ssh", args: ["--", "10.0.0.1"], env: {}, hints: [] };
  beforeEach(() => {
    vi.mocked(prepareSsh).mockResolvedValue(prepared);
    vi.mocked(runInteractive).mockResolvedValue(0);
  });

  it.each([
    [["minion1"], { node: "minion1", command: [], tty: false }],
    [["minion1", "-t", "--", "top"], { node: "minion1", command: ["top"], tty: true }],
    [
      ["minion1", "--", "ls", "--", "-l", "--dir", "-t"],
      { node: "minion1", command: ["ls", "--", "-l", "--dir", "-t"], tty: false },
    ],
    [["minion1", "--"], { node: "minion1", command: [], tty: false }],
  ])("%j asks for %j and hands the terminal over", async (argv, expected) => {
    expect(await run("ssh", ...argv)).toEqual({ stdout: "", stderr: "", exitCode: 0 });
    expect(vi.mocked(prepareSsh).mock.calls[0]?.[0]).toMatchObject({ folder: world.world.folder, ...expected });
    expect(vi.mocked(runInteractive).mock.calls).toEqual([[prepared]]);
  });

  it.each([1, 3, 130, 255])("passes the exit code %d on", async (code) => {
    vi.mocked(runInteractive).mockResolvedValue(code);
    expect((await run("ssh", "minion1", "--", "false")).exitCode).toBe(code);
  });

  it.each([
    [[], "ssh needs the name of a node", "alpine-k8s ssh master1"],
    [
      ["minion1", "ls", "-t", "/"],
      "put the command for the node after --; found before it: ls /",
      "alpine-k8s ssh minion1 -- ls /",
    ],
    [["--", "ls"], "ssh needs the name of a node", "alpine-k8s ssh master1"],
  ])("refuses %j with what to type", async (argv, message, hint) => {
    const { stderr, exitCode } = await run("ssh", ...argv);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`Error: ${message}\nTry:\n  ${hint}\n`);
    expect(prepareSsh).not.toHaveBeenCalled();
  });

  it("tells why there is no way to the node, with the exit code of its kind", async () => {
    const off = new AlpineK8sError("node", "minion1: its machine is off (halted)", { hints: ["alpine-k8s up"] });
    vi.mocked(prepareSsh).mockRejectedValue(off);
    const { stderr, exitCode } = await run("ssh", "minion1");
    expect(exitCode).toBe(4);
    expect(stderr.startsWith(`Error: ${off.message}\nTry:\n  alpine-k8s up\n`)).toBe(true);
    expect(runInteractive).not.toHaveBeenCalled();
  });
});

describe("logs", () => {
  it("puts node and source in front of each line, and problems on standard error", async () => {
    const { stdout, stderr, exitCode } = await run("logs", "--source", "events", "--source", "kubelet");
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        ...["master1 kubelet | uno", "minion1 kubelet | one", "minion1 kubelet | two"],
        "events | 2026-01-01T10:00:00Z Normal Pulled Pod default/web: there\n",
      ].join("\n"),
    );
    expect(stderr).toContain("warning: minion2: there is no /var/log/kubelet\n");
  });

  it("of one node and source are as they are", async () => {
    expect((await run("logs", "minion1", "--source", "kubelet", "-n", "1")).stdout).toBe("two\n");
    expect((await run("logs", "minion1", "--source", "kubelet", "-n", "0")).stdout).toBe("");
  });

  it("-o json gives the documented document alone", async () => {
    const { stdout, exitCode } = await run("logs", "-o", "json");
    const document = JSON.parse(stdout) as Record<string, unknown>;
    expect(exitCode).toBe(0);
    expect(differences(document, documented("`logs -o json`"))).toEqual([]);
    expect(document["logs"]).toContainEqual({ node: "minion1", source: "kubelet", lines: ["one", "two"] });
  });

  it("--export lists what it packed, as text and as the documented document", async () => {
    const file = join(world.world.folder, "a.tar.gz");
    const { stdout, exitCode } = await run("logs", "--export", file);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Report of cluster demo: ${file} \\(\\d+ bytes\\)\\. Secrets were taken out; `));
    expect(stdout).toMatch(/\nFILE +BYTES\nalpine-k8s-report\/alpine-k8s\.yaml +\d+\n/);
    expect(stdout).toMatch(/\nCould not be collected:\n(  .*\n)*  minion2: there is no \/var\/log\/kubelet\n/);
    const again = await run("logs", "--export", file, "--force", "-o", "json");
    expect(
      differences(
        JSON.parse(again.stdout) as ExportSummary & Record<string, unknown>,
        documented("`logs --export FILE -o json`"),
      ),
    ).toEqual([]);
    expect((await run("logs", "--export", file)).exitCode).toBe(2);
    expect(readdirSync(world.world.folder).filter((name) => name.includes(".tmp"))).toEqual([]);
    expect(readFileSync(file).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  });

  it("--follow gives lines as they come and ends with 130 at Ctrl-C, without words", async () => {
    let looks = 0;
    world.onLook = () => {
      looks += 1;
      if (looks === 2) process.emit("SIGINT");
    };
    const { stdout, stderr, exitCode } = await run("logs", "-f", "--source", "kubelet", "--source", "events");
    expect(exitCode).toBe(130);
    expect(stdout.split("\n")).toEqual(expect.arrayContaining(["minion1 kubelet | one", "minion1 kubelet | two"]));
    expect(stderr).not.toMatch(/Error|ending|interrupted/);
  });

  it("--follow ends well when its reader has gone", async () => {
    let looks = 0;
    world.onLook = () => {
      looks += 1;
      if (looks === 2) process.stdout.emit("error", Object.assign(new Error("EPIPE"), { code: "EPIPE" }));
    };
    expect((await run("logs", "-f", "--source", "events")).exitCode).toBe(0);
  });

  it.each([
    [["--follow", "-o", "json"], "--follow has no end, so it cannot print a JSON document"],
    [["--source", "syslog"], "Expected --source=syslog to be one of: kubelet, runtime, run, events"],
    [["--lines", "-1"], "Parsing --lines: Expected an integer greater than or equal to 0 but received: -1"],
    [["--export", "x", "--follow"], "--export=x cannot also be provided when using --follow"],
    [["--force"], "All of the following must be provided when using --force: --export"],
    [["minion9"], "cluster demo has no node minion9; it has master1, minion1, minion2"],
  ])("refuses %j", async (argv, message) => {
    const { stderr, exitCode } = await run("logs", ...argv);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(message) as string });
  });
});

it("a reader who is slow costs no more than 8 MiB, and is told what was left out", async () => {
  const out = new PassThrough({ highWaterMark: 1 });
  const write = boundedWriter(out);
  const line = "x".repeat(1024 * 1024 - 1);
  for (let count = 0; count < 20; count += 1) write(line);
  expect(out.writableLength + out.readableLength).toBeLessThanOrEqual(10 * 1024 * 1024);
  let read = "";
  out.on("data", (chunk: Buffer) => (read += chunk.toString()));
  await expect.poll(() => out.writableLength).toBe(0);
  write("last");
  await expect.poll(() => read).toMatch(/\n\((9|10|11) lines left out: the reader is too slow\)\nlast\n$/);
});
