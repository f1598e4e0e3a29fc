import { spawnSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** Runs the program behind `npm run pack`, from a folder of its own, with more variables when some are given. */
export function pack(words: readonly string[], { umask = "022", env = {} } = {}) {
  const program = join(ROOT, "scripts/pack.js");
  const script = `umask ${umask} && exec "$@"`;
  const { status, stdout, stderr } = spawnSync("sh", ["-c", script, "sh", process.execPath, program, ...words], {
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}
