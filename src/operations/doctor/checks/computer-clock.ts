import { X509Certificate } from "node:crypto";
import { failed, ok, type QuickCheck, skipped } from "../check.js";

const COMMANDS: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: "sudo sntp -sS time.apple.com",
  win32: "w32tm /resync",
};

/** This computer's clock is not before the time from which the cluster's CA is valid: it would trust no node. */
export const computerClock: QuickCheck = {
  id: "computer-clock",
  on: "this computer",
  weight: "error",
  look: async ({ computer, paths }) => {
    const begins = beginOf(await computer.read(paths.caCertificate));
    if (begins === undefined) return skipped("there is no certificate of the cluster to compare with");
    const now = computer.now();
    const seen = `it is ${iso(now)}, the cluster's CA is valid from ${iso(begins)}`;
    return now >= begins ? ok(seen) : failed(seen, COMMANDS[computer.platform] ?? "sudo chronyc makestep");
  },
};

function beginOf(certificate: string | undefined): number | undefined {
  try {
    return certificate === undefined ? undefined : Date.parse(new X509Certificate(certificate).validFrom);
  } catch {
    return undefined;
  }
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19) + "Z";
}
