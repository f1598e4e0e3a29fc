import { posix, win32 } from "node:path";

export interface Place {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cwd: string;
  /** Node's `process.platform`: on Windows lists are separated by semicolons. */
  readonly platform: string;
}

/**
 * The user's kubeconfig files; the first is the one to write. Those of `$KUBECONFIG`, without empty and repeated names,
 * or `~/.kube/config`.
 */
export function kubeconfigFiles({ env, home, cwd, platform }: Place): readonly [string, ...string[]] {
  const paths = platform === "win32" ? win32 : posix;
  const named = (env["KUBECONFIG"] ?? "").split(paths.delimiter).filter((name) => name !== "");
  const [first, ...others] = new Set(named.map((name) => paths.resolve(cwd, name)));
  return first === undefined ? [paths.join(home, ".kube", "config")] : [first, ...others];
}
