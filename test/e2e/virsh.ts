import { inBench, type Outcome } from "./bench.js";

/** The hypervisor's own command on a node's machine: no shutdown, no word to anybody. */
export async function virsh(command: string, node: string, ...more: string[]): Promise<Outcome> {
  const { stdout } = await inBench("virsh", "list", "--all", "--name");
  const domain = stdout.split("\n").find((name) => name.endsWith(`-${node}`)) ?? node;
  return inBench("virsh", command, domain, ...more);
}

/** Whether the hypervisor has a node's machine switched on. */
export async function isRunning(node: string): Promise<boolean> {
  return (await virsh("domstate", node)).stdout.trim() === "running";
}
