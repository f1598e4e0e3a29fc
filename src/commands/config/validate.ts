import { Args } from "@oclif/core";
import { BaseCommand, dirFlag, outputFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { EXIT_CODES } from "../../base/errors.js";

export default class ConfigValidate extends BaseCommand {
  static override summary = "Check alpine-k8s.yaml, and tell all its problems.";
  static override description = withExitCodes(
    "Checks the folder's alpine-k8s.yaml, or FILE as if it stood there, by itself and against the cluster of the folder " +
      "when there is one. Every problem is reported with line, column and key. Asks no machine and changes nothing.",
  );
  static override examples = [
    "<%= config.bin %> config validate",
    "<%= config.bin %> config validate other.yaml",
    "<%= config.bin %> config validate -o json",
  ];
  static override args = { file: Args.string({ description: "a file to check instead of the folder's" }) };
  static override flags = { dir: dirFlag, output: outputFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigValidate);
    const folder = await this.folder(flags);
    const { validateConfig } = await import("../../operations/folder/config.js");
    const { refusal, ...result } = await validateConfig({
      ...{ folder, file: args.file, tools: () => this.tools() },
      signal: new AbortController().signal,
    });
    if (refusal && flags.output !== "json") throw refusal;
    this.print(flags, result, () =>
      [
        result.file === null ? "There is no alpine-k8s.yaml: all defaults apply." : `${result.file} is valid.`,
        ...(result.cluster === null ? [] : [`It does not contradict the cluster ${result.cluster}.`]),
      ].join("\n"),
    );
    if (!result.valid) this.exit(EXIT_CODES.usage);
  }
}
