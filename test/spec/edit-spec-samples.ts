import type { SpecText } from "../../src/model/spec/edit-spec.js";

export function file(text: string | undefined): SpecText {
  return { text, source: "alpine-k8s.yaml", folderName: "demo" };
}

export const minion = (name: string) => ({ name, role: "minion" as const });

/** Lines that the edit removed (`-`) and added (`+`); lines that stay must be equal byte for byte. */
export function changes(before: string, after: string): string[] {
  return lineChanges(before.split("\n"), after.split("\n"));
}

/** The shortest diff of two lists: skips equal lines at both ends, then takes the way with fewer lines. */
function lineChanges(before: readonly string[], after: readonly string[]): string[] {
  const [old, ...olds] = before;
  const [young, ...youngs] = after;
  if (old === undefined) return after.map((line) => `+${line}`);
  if (young === undefined) return before.map((line) => `-${line}`);
  if (old === young) return lineChanges(olds, youngs);
  if (before.at(-1) === after.at(-1)) return lineChanges(before.slice(0, -1), after.slice(0, -1));
  const without = [`-${old}`, ...lineChanges(olds, after)];
  const within = [`+${young}`, ...lineChanges(before, youngs)];
  return without.length <= within.length ? without : within;
}

export const COMMENTED = `# our cluster
apiVersion: alpine-k8s/v1   # the format

kind: 'Cluster'


spec:
  # sizes
  nodes:
    masters: {count: 1,  cpus: 2}   # one
    # the row
    minions:
      count: 2    # two for now
      memory:   1024
      # labels: {}
  # the end of nodes

  domain:   "example.com"
# bye
`;

export const HOSTS = `spec:
  provider: hosts
  hosts:
    # the first
    - name: master1   # m
      role: master
      address: 10.0.0.2
      # port: 2222

    - {name: minion1, role: minion, address: 10.0.0.10}
    # the last
    - name: minion2
      role: minion
      address: 10.0.0.11
      # its own
  # after all
  domain: example.com
`;
