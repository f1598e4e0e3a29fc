/** Negative when `one` is older than `other`. Versions are numbers with dots; missing parts count as 0. */
export function compareVersions(one: string, other: string): number {
  const [parts, others] = [one, other].map((version) =>
    version.split(".").map((part) => Number.parseInt(part, 10) || 0),
  );
  const length = Math.max(parts?.length ?? 0, others?.length ?? 0);
  for (let index = 0; index < length; index += 1) {
    const difference = (parts?.[index] ?? 0) - (others?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a version lies in `from` (included) to `before` (not included). */
export function between(version: string, from: string, before: string): boolean {
  return compareVersions(version, from) >= 0 && compareVersions(version, before) < 0;
}
