import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const RUN = join(import.meta.dirname, "../../bin/run.js");
/** Completion scripts by shell, named as the shell looks for them. */
const COMPLETIONS = { bash: "alpine-k8s.bash", zsh: "_alpine-k8s", fish: "alpine-k8s.fish" };

/** What starts the program on a platform, and what shells complete its words with. */
export function startFiles({ windows }) {
  return [launcher(windows), ...Object.entries(COMPLETIONS).map(([shell, name]) => completion(shell, name))];
}

function launcher(windows) {
  const text = readFileSync(join(import.meta.dirname, windows ? "launcher.cmd" : "launcher.sh"), "utf8");
  return windows
    ? { name: "alpine-k8s.cmd", content: Buffer.from(text.replaceAll("\n", "\r\n")) }
    : { name: "alpine-k8s", content: Buffer.from(text), executable: true };
}

function completion(shell, name) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [RUN, "completion", shell]);
  if (status !== 0) throw new Error(`alpine-k8s completion ${shell} ended with ${status}: ${stderr}`);
  return { name: `completions/${name}`, content: stdout };
}
