/**
 * The file in which a source of a release lies when it was fetched: `flannel-v0.28.9-1.yaml`. Sources are counted from 1,
 * in the order of the entry.
 */
export function fetchedName(name: string, version: string, index: number): string {
  return `${name}-${version}-${index}.yaml`;
}
