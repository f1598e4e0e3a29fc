import { rename, rm } from "node:fs/promises";
import { AlpineK8sError } from "../../base/errors.js";
import { runLocal } from "../../base/process.js";

const MISSING = { message: "qemu-img is not on this computer; it comes with QEMU", hints: ["alpine-k8s box build"] };

/** Runs qemu-img and returns what it printed. Throws `node` with its last words when it fails. */
export async function qemuImage(args: readonly string[], signal: AbortSignal): Promise<string> {
  const { exitCode, stdout, stderr } = await runLocal({ program: "qemu-img", args, signal, missing: MISSING });
  if (exitCode === 0) return stdout;
  throw new AlpineK8sError(
    "node",
    `qemu-img ${args[0] ?? ""} failed (${exitCode}): ${stderr.trim().split("\n").at(-1) ?? ""}`,
    {
      hints: ["see that there is room on the disk"],
    },
  );
}

/** Makes `to` of `from`, as a whole or not at all. */
export async function convert(
  from: string,
  to: string,
  options: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const temporary = `${to}.new`;
  try {
    await qemuImage(["convert", ...options, from, temporary], signal);
    await rename(temporary, to);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Bytes that an image can hold. */
export async function capacityOf(image: string, signal: AbortSignal): Promise<number> {
  const text = await qemuImage(["info", "--output=json", image], signal);
  const { "virtual-size": size } = JSON.parse(text) as { readonly "virtual-size"?: unknown };
  if (typeof size === "number") return size;
  throw new AlpineK8sError("node", `qemu-img tells no size of ${image}`);
}
