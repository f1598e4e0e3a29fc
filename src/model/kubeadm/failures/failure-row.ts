/** One thing that kubeadm or the kubelet complains of. */
export interface FailureRow {
  /** Found in one line of their output. */
  readonly pattern: RegExp;
  /** What is wrong, without a full stop; `$1` to `$9` are what the pattern caught. */
  readonly cause: string;
  /** What to do about it, in one line; NODE is the node's name, `$1` to `$9` as above. */
  readonly remedy: string;
  /** So little that it counts only where no other row fits. */
  readonly general?: true;
}
