/** What a `destroy` has done so far: names of machines and of files. */
export interface Outcome {
  readonly machines: string[];
  readonly left: string[];
  readonly removed: string[];
  readonly kept: string[];
  kubeconfig: string | null;
}

export function newOutcome(): Outcome {
  return { machines: [], left: [], removed: [], kept: [], kubeconfig: null };
}
