import { AlpineK8sError } from "../../src/base/errors.js";
import { FakeCluster } from "../operations/fake-cluster.js";
import { Bench, type CommandName } from "./run-command.js";

/** A bench that keeps what each command printed, as a terminal that is none would have it. */
export class Stage {
  readonly #shown: string[] = [];

  constructor(readonly bench: Bench) {}

  static async create(spec?: string): Promise<Stage> {
    return new Stage(await Bench.create(spec));
  }

  /** Runs the command and keeps its words, what it printed and its exit code. */
  async show(name: CommandName, ...argv: string[]): Promise<void> {
    const { stdout, stderr, exitCode } = await this.bench.run(name, ...argv);
    this.#shown.push(`$ ${["alpine-k8s", name, ...argv].join(" ")}`);
    for (const [title, text] of [
      ["standard error", stderr],
      ["standard output", stdout],
    ] as const)
      if (text !== "") this.#shown.push(`[${title}]`, text.trimEnd());
    this.#shown.push(`[exit code ${exitCode}]`, "");
  }

  /** A cluster whose pods can be made to leave; needs one that is up. */
  withPods(...nodes: string[]): FakeCluster {
    const cluster = new FakeCluster(this.bench.world, nodes);
    this.bench.tools = cluster.tools();
    return cluster;
  }

  /** From now on the node does not answer by ssh. */
  silence(node: string): void {
    const { connect } = this.bench.world.tools();
    const gone = new AlpineK8sError("node", `${node}: no route to host`, { node, hints: [`alpine-k8s ssh ${node}`] });
    const answer: typeof connect = (target, ...more) =>
      target.name === node ? Promise.reject(gone) : connect(target, ...more);
    this.bench.tools = { ...this.bench.tools, connect: answer };
  }

  /** All that was shown, with the same word for what is different in every run: the folder, times, and the logs' names. */
  text(): string {
    return (
      this.#shown
        .join("\n")
        .replaceAll(this.bench.world.folder, "FOLDER")
        .replace(/\.alpine-k8s\/logs\/[^\s/"]+/g, ".alpine-k8s/logs/RUN")
        .replace(/\d{4}-\d\d-\d\dT\d\d[:.-]\d\d[:.-]\d\d(?:[.-]\d+)?Z/g, "DATE")
        .replace(/("milliseconds": )\d+/g, "$10")
        .replace(/\b\d+\.\d s\b/g, "0.0 s")
        // Which parts were the longest differs from run to run.
        .replace(/^Longest: .*$/gm, "Longest: PARTS")
    );
  }
}
