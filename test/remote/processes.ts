import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A file of a process under /proc, empty when the process is gone. */
export function procText(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}

/** Ids of processes with this text in their arguments, except Node's. */
export function processesOf(part: string): string[] {
  return readdirSync("/proc").filter(
    (pid) => /^[0-9]+$/.test(pid) && programOf(pid) !== process.execPath && procText(pid, "cmdline").includes(part),
  );
}

function programOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return "";
  }
}
