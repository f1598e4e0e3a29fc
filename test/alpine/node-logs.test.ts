import { appendFileSync, chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { followNodeLog, LOG_BYTES, readNodeLog } from "../../src/alpine/node-logs.js";
import type { RemoteHost } from "../../src/remote/remote-host.js";
import { procText } from "../remote/processes.js";
import { startRealServer, type RealServer } from "../remote/real-servers.js";
import { TestBed } from "../remote/ssh-server.js";

const bed = new TestBed();
const folder = join(bed.folder, "sshd");
const kubelet = join(bed.folder, "kubelet.log");
const signal = new AbortController().signal;
let server: RealServer;
let host: RemoteHost;

/** A node with its own settings for the log files of kubelet and containerd; the login shell is BusyBox ash. */
beforeAll(async () => {
  chmodSync(bed.folder, 0o755);
  mkdirSync(join(folder, "etc/conf.d"), { recursive: true });
  writeFileSync(join(folder, "etc/conf.d/kubelet"), `# output_log=/no\ncommand_args="x"\noutput_log="${kubelet}"\n`);
  writeFileSync(join(folder, "etc/conf.d/containerd"), "log_file=relative.log\nlog_file='/nowhere/containerd.log'\n");
  server = await startRealServer("sshd", folder);
  host = await bed.connect(bed.target(server));
});
afterAll(async () => {
  await bed.end();
  await server.stop();
});

describe("reading a log of a node", () => {
  it("gives its last lines, from where the service's settings say, and none of it to our own log", async () => {
    writeFileSync(kubelet, "one\ntwo  \nthree ü\n");
    expect(await readNodeLog(host, "kubelet", 2, signal)).toEqual({ file: kubelet, lines: ["two  ", "three ü"] });
    expect(await readNodeLog(host, "kubelet", 0, signal)).toEqual({ file: kubelet, lines: [] });
    writeFileSync(kubelet, "");
    expect(await readNodeLog(host, "kubelet", 10, signal)).toEqual({ file: kubelet, lines: [] });
    expect(bed.logged.join("\n")).not.toContain("three");
  });

  it("says where there is none", async () => {
    expect(await readNodeLog(host, "runtime", 10, signal)).toEqual({ absent: "/nowhere/containerd.log" });
  });

  it("reads at most 4 MiB of it, from a whole line on", async () => {
    const line = "x".repeat(1023);
    writeFileSync(kubelet, `${line}\n`.repeat(6 * 1024));
    const read = await readNodeLog(host, "kubelet", 100_000, signal);
    const lines = "lines" in read ? read.lines : [];
    expect(lines.length).toBe(LOG_BYTES / 1024 - 1);
    expect(lines.every((one) => one === line)).toBe(true);
  });
});

describe("following a log of a node", () => {
  it("gives what comes, also after the file was rotated, and ends with the signal, on the node as well", async () => {
    const stop = new AbortController();
    const lines: string[] = [];
    writeFileSync(kubelet, "one\ntwo\n");
    const following = followNodeLog(host, "kubelet", {
      ...{ lines: 1, signal: stop.signal, onLine: (line: string) => lines.push(line) },
    });
    const ended = following.catch((error: unknown) => error);
    await expect.poll(() => lines).toEqual(["two"]);
    appendFileSync(kubelet, "three\n");
    await expect.poll(() => lines, { timeout: 5_000 }).toEqual(["two", "three"]);
    renameSync(kubelet, `${kubelet}.1`);
    writeFileSync(kubelet, "four\n");
    await expect.poll(() => lines, { timeout: 10_000 }).toEqual(["two", "three", "four"]);
    const reason = new Error("enough");
    stop.abort(reason);
    expect(await ended).toBe(reason);
    await expect.poll(tails, { timeout: 8_000 }).toEqual([]);
    rmSync(`${kubelet}.1`);
    expect(bed.logged.join("\n")).not.toContain("three");
  });
});

function tails(): string[] {
  return readdirSync("/proc")
    .filter((pid) => /^[0-9]+$/.test(pid))
    .map((pid) => procText(pid, "cmdline"))
    .filter((line) => line.includes("-F") && line.includes(kubelet));
}
