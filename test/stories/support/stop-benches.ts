import { spawnSync } from "node:child_process";
import { BENCH, benchHome, WORKERS } from "./bench.js";

/** Called by vitest when all stories are over: leaves nothing of them running. */
export function teardown(): void {
  for (let worker = 1; worker <= WORKERS; worker += 1) {
    const env = { ...process.env, ALPINE_K8S_PRACTICE_HOME: benchHome(String(worker)) };
    spawnSync("bash", [BENCH, "stop"], { env, stdio: "ignore" });
  }
}
