/** Orders versions as Vagrant does, number by number: `20261130.5.0` is before `20261130.1215.0`. */
export function compareVersions(one: string, other: string): number {
  const [ours, theirs] = [numbersOf(one), numbersOf(other)];
  for (let index = 0; index < Math.max(ours.length, theirs.length); index += 1) {
    const difference = (ours[index] ?? 0) - (theirs[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The entry with the newest version; undefined for none. Of two with the same, the first. */
export function newestOf<T extends { readonly version: string }>(entries: readonly T[]): T | undefined {
  return entries.reduce<T | undefined>(
    (best, entry) => (best === undefined || compareVersions(entry.version, best.version) > 0 ? entry : best),
    undefined,
  );
}

function numbersOf(version: string): readonly number[] {
  return version.split(".").map((part) => (/^\d{1,15}$/.test(part) ? Number(part) : 0));
}
