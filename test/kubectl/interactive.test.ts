import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runInteractive } from "../../src/base/process-interactive.js";
import { buildProgram, type BuiltProgram } from "../fakes/built-program.js";
import { putProgram } from "./server.js";

let folder: string;
let runner: BuiltProgram;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine k8s interactive "));
  runner = await buildProgram("interactive", "base/process-interactive.ts", RUNNER);
}, 60_000);
afterAll(() => runner.remove());

const RUNNER = `
import { runInteractive } from "./base/process-interactive.js";
const [, , program, ...args] = process.argv;
process.exitCode = await runInteractive({ program, args, env: { KUBECONFIG: "/a b/admin.config" }, hints: [] });
`;

async function program(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await putProgram(path, `#!/bin/sh\n${text}\n`);
  return path;
}

/** Runs the program from a separate process, as the command does. */
function start(path: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [runner.path, path, ...args], { stdio: ["pipe", "pipe", "pipe"] });
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("exit", resolve));
}

async function untilSays(child: ChildProcess, text: string): Promise<void> {
  await new Promise<void>((resolve) =>
    child.stdout?.on("data", (data: Buffer) => data.toString().includes(text) && resolve()),
  );
}

describe("runInteractive", () => {
  it("passes arguments, environment, standard input and both outputs through", async () => {
    const path = await program("through", 'echo "$#:$3:$KUBECONFIG"; cat; echo oops >&2');
    const { status, stdout, stderr } = spawnSync(process.execPath, [runner.path, path, "-f", "-", "a  b"], {
      input: "from\nstdin",
    });
    expect([status, stdout.toString(), stderr.toString()]).toEqual([
      0,
      "3:a  b:/a b/admin.config\nfrom\nstdin",
      "oops\n",
    ]);
  });

  it.each([0, 1, 42, 255])("passes the exit code %d on", async (code) => {
    const path = await program("code", `exit ${code}`);
    expect(await runInteractive({ program: path, args: [], env: {}, hints: [] })).toBe(code);
  });

  it("gives 128 and its number for a signal that ended the program", async () => {
    const path = await program("killed", "kill -KILL $$");
    expect(await runInteractive({ program: path, args: [], env: {}, hints: [] })).toBe(137);
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("gives %s to the program and waits for its end", async (signal) => {
    const path = await program(
      "waits",
      `trap 'echo got it; exit 7' ${signal.slice(3)}; echo ready; for n in $(seq 100); do sleep 0.05; done`,
    );
    const child = start(path);
    await untilSays(child, "ready");
    const [end, said] = [ended(child), untilSays(child, "got it")];
    child.kill(signal);
    await said;
    expect(await end).toBe(7);
  });

  it("gives the program the terminal", async () => {
    const path = await program("terminal", 'test -t 0 && test -t 1 && test -t 2 && read answer && echo "read $answer"');
    const command = [process.execPath, runner.path, path].map((word) => `'${word}'`).join(" ");
    const log = join(folder, "typescript");
    // util-linux's script makes a terminal for the command.
    const child = spawn("script", ["-qec", command, log], { stdio: ["pipe", "ignore", "ignore"] });
    child.stdin.write("yes\n");
    expect(await ended(child)).toBe(0);
    expect(await readFile(log, "utf8")).toContain("read yes");
  });

  it("leaves Ctrl-C on a terminal to the terminal: the program gets it once, and we stay until it ends", async () => {
    const path = await program("ctrl-c", "trap 'echo interrupt' INT; echo ready; sleep 0.5; sleep 0.5; exit 9");
    // exec: a shell that waits would get the signal, too, and end.
    const command = `exec ${[process.execPath, runner.path, path].map((word) => `'${word}'`).join(" ")}`;
    const child = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["pipe", "pipe", "ignore"] });
    let output = "";
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    await untilSays(child, "ready");
    child.stdin.write("\u0003");
    expect(await ended(child)).toBe(9);
    expect(output.match(/interrupt/g)).toHaveLength(1);
  });

  it.each([
    ["not there", undefined],
    ["without an interpreter", "#!/not/there\n"],
  ])("says of one that is %s that it cannot be started", async (name, text) => {
    const path = join(folder, name);
    if (text !== undefined) await putProgram(path, text);
    await expect(
      runInteractive({ program: path, args: [], env: {}, hints: ["alpine-k8s kubectl-config"] }),
    ).rejects.toMatchObject({
      kind: "prerequisite",
      message: expect.stringContaining(`${path} cannot be started: `) as string,
      hints: ["alpine-k8s kubectl-config"],
    });
  });
});
