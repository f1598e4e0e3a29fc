import { scriptFailure } from "../../../src/alpine/script-result.js";

/** A complaint as kubeadm and the kubelet print it, the version that does, and what is made of it. */
export interface Case {
  readonly what: string;
  /** The Kubernetes that says so. */
  readonly by: string;
  readonly lines: readonly string[];
  readonly cause: string;
  readonly remedies: readonly string[];
}

/** What the user reads when a script ends with the code because of these lines, which it writes behind one another. */
export function told(
  code: number,
  before: string,
  lines: readonly string[],
): { message: string; hints: readonly string[] } {
  const reason = `${before}${lines.join("; ").replaceAll("\t", " ")}`;
  const result = { script: "master", changed: [], present: [], warnings: [], failed: [reason] };
  const stdout = `[init] Using Kubernetes version\n@alpine-k8s ${JSON.stringify(result)}\n`;
  const { message, hints } = scriptFailure("m1", "master.sh", {
    exitCode: code,
    stdout,
    stderr: `alpine-k8s: ${reason}\n`,
  });
  return { message, hints };
}

/** The message with one sentence first and the lines below it, as they were, but cut at 500 characters. */
export function expected(head: string, before: string, { lines, cause, remedies }: Omit<Case, "what" | "by">): object {
  const shown = lines.map((line, index) => `${index === 0 ? before : ""}${line}`.trim());
  const below = shown
    .filter((line) => !line.startsWith("[preflight] If you know"))
    .map((line) => `  ${line.length > 500 ? `${line.slice(0, 500)}…` : line}`);
  return { message: [`m1: ${head}: ${cause}`, ...below].join("\n"), hints: [...remedies, "then: alpine-k8s up"] };
}
