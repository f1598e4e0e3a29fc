import { withoutUrlSecrets } from "../base/hide-logins.js";
import { clusterPaths } from "../base/paths.js";
import { runLocal } from "../base/process.js";
import { reasonOf, vagrantFailure } from "./failures.js";
import { type MachineEvent, parseMachineLine, spokenLines } from "./machine-readable.js";

/** Limits in milliseconds; past one of them the run is ended. */
export interface VagrantTimeouts {
  /** One `vagrant up`, which may boot several machines. */
  readonly boot: number;
  /** Fetching and unpacking a box. */
  readonly box: number;
  /** halt and destroy. */
  readonly stop: number;
  /** Queries, which change nothing. */
  readonly query: number;
  /** Waiting for another vagrant process to release a machine; past that, it is an error. */
  readonly lock: number;
}

export const DEFAULT_TIMEOUTS: VagrantTimeouts = {
  boot: 600_000,
  box: 3_600_000,
  stop: 300_000,
  query: 120_000,
  lock: 20_000,
};

/** After an INT Vagrant undoes or completes what it began; killed before that, it leaves locks behind. */
const GRACE_MS = 120_000;

export interface VagrantRun {
  readonly args: readonly string[];
  readonly timeout: number;
  /** Changes machines or boxes: a run that comes after ours was killed has to wait for it. */
  readonly isNoted?: boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: MachineEvent) => void;
  /** Called on abort, when Vagrant is being waited for. */
  readonly onWaiting?: (text: string) => void;
}

export interface VagrantOutcome {
  readonly exitCode: number;
  readonly events: readonly MachineEvent[];
  /** Lines of stdout that are not machine-readable. */
  readonly text: string;
  readonly stderr: string;
}

/** Runs `vagrant … --machine-readable` in a cluster folder and resolves whatever its exit code is. */
export type RunVagrant = (run: VagrantRun) => Promise<VagrantOutcome>;

const MISSING = {
  message: "vagrant is not on this computer (no program of that name on PATH)",
  hints: [
    "install Vagrant 2.2.6 or newer and a provider: see docs/providers.md",
    "use machines that exist already: provider: hosts",
    "try the tool without installing anything by hand: the practice cluster, docs/practice.md",
  ],
};

/** Every line that Vagrant prints goes to `log`, decoded, secrets in URLs hidden. */
export function vagrantIn(folder: string, log: (line: string) => void): RunVagrant {
  return async (run) => {
    const events: MachineEvent[] = [];
    const plain: string[] = [];
    log(withoutUrlSecrets(`$ vagrant ${run.args.join(" ")}`));
    const waiting = (): void => {
      const text = `waiting until vagrant has ended cleanly, at most ${GRACE_MS / 1000} s`;
      log(text);
      run.onWaiting?.(text);
    };
    run.signal?.addEventListener("abort", waiting, { once: true });
    try {
      const result = await runLocal({
        program: "vagrant",
        args: [...run.args, "--machine-readable"],
        cwd: folder,
        env: environment(folder),
        timeout: run.timeout,
        graceMs: GRACE_MS,
        missing: MISSING,
        ...(run.isNoted === true ? { notes: clusterPaths(folder).children } : {}),
        ...(run.signal === undefined ? {} : { signal: run.signal }),
        onLine: (said, stream) => {
          // A proxy of the environment may have one, and Vagrant repeats it in its errors.
          const line = withoutUrlSecrets(said);
          const event = stream === "stdout" ? parseMachineLine(line) : undefined;
          if (!event) {
            log(line);
            if (stream === "stdout") plain.push(line);
            return;
          }
          for (const { name, text } of spokenLines(event)) log(name === undefined ? text : `${name}: ${text}`);
          events.push(event);
          run.onEvent?.(event);
        },
      });
      return { exitCode: result.exitCode, events, text: plain.join("\n"), stderr: withoutUrlSecrets(result.stderr) };
    } finally {
      run.signal?.removeEventListener("abort", waiting);
    }
  };
}

/** Runs Vagrant and throws what it says when it fails; `what` begins the message. */
export async function demand(vagrant: RunVagrant, what: string, run: VagrantRun): Promise<VagrantOutcome> {
  const outcome = await vagrant(run);
  if (outcome.exitCode !== 0) throw vagrantFailure(what, reasonOf(outcome.events, outcome.stderr));
  return outcome;
}

/**
 * Overrides what the user's environment may not change: the folder, its Vagrantfile, the state's folder, the provider.
 */
function environment(folder: string): Record<string, string> {
  return {
    VAGRANT_CWD: folder,
    VAGRANT_VAGRANTFILE: "Vagrantfile",
    VAGRANT_DOTFILE_PATH: ".vagrant",
    VAGRANT_DEFAULT_PROVIDER: "",
    VAGRANT_PREFERRED_PROVIDERS: "",
    VAGRANT_CHECKPOINT_DISABLE: "1",
    VAGRANT_NO_COLOR: "1",
  };
}
