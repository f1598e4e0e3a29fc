import { startDetached } from "../base/start-detached.js";

/** The program of each system that shows an address in the user's browser, with its first arguments. */
const PROGRAMS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ["open"],
  // `start` belongs to the shell; its first argument would be the title.
  win32: ["cmd", "/c", "start", ""],
};
const ELSEWHERE = ["xdg-open"] as const;

/** Shows an address in the user's browser. Resolves with whether there is a program for that. */
export function openBrowser(address: string, platform = process.platform): Promise<boolean> {
  const [program, ...first] = PROGRAMS[platform] ?? ELSEWHERE;
  return startDetached(program, [...first, address]);
}
