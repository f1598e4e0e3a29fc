import { spawn } from "node:child_process";

/**
 * Starts a program that goes on by itself: it has no terminal, and neither its end nor ours is the other's. Resolves with
 * whether it could be started. Its arguments are seen in the list of processes.
 */
export function startDetached(program: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { detached: true, stdio: "ignore" });
    child.once("error", () => resolve(false));
    child.once("spawn", () => {
      child.unref();
      resolve(true);
    });
  });
}
