/** Milliseconds of processor time that this process spends on the work; what else the computer does does not count. */
export function ownTime(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  return process.cpuUsage(before).user / 1000;
}
