import { BaseCommand, dirFlag, verboseFlag } from "../cli/base-command.js";
import { asOwnError } from "../cli/error-report.js";
import { withExitCodes } from "../cli/exit-codes.js";
import { downloadBar } from "../cli/progress/download-bar.js";
import { AlpineK8sError } from "../base/errors.js";

export default class Kubectl extends BaseCommand {
  static override summary = "Run the cluster's kubectl with its config.";
  static override description = withExitCodes(
    "All after -- goes to kubectl, which has the terminal; its exit code is passed on. kubectl and admin.config are " +
      "brought when they are missing, as kubectl-config does.",
  );
  static override usage = "kubectl [--dir FOLDER] -- ARGUMENTS";
  static override examples = [
    "<%= config.bin %> kubectl -- get pods --all-namespaces",
    "<%= config.bin %> kubectl -- exec -it POD -- sh",
    "<%= config.bin %> kubectl -- apply -f - < manifest.yaml",
  ];
  static override strict = false;
  static override flags = { dir: dirFlag, verbose: verboseFlag };

  async run(): Promise<void> {
    // oclif removes the last --, which may belong to kubectl.
    const end = this.argv.includes("--") ? this.argv.indexOf("--") : this.argv.length;
    const passedOn = this.argv.slice(end + 1);
    const { flags, argv } = await this.parse(Kubectl, this.argv.slice(0, end)).catch((error: unknown) => {
      const refused = asOwnError(error, "kubectl");
      const hints = ["put kubectl's arguments after --: alpine-k8s kubectl -- get pods", ...refused.hints];
      throw new AlpineK8sError(refused.kind, refused.message, { hints, cause: error });
    });
    const args = [...argv.map(String), ...passedOn];
    const command = await this.operate(flags, async (input) => {
      const { prepareKubectl } = await import("../operations/kubectl/kubectl.js");
      return prepareKubectl({ ...input, args, onBytes: downloadBar(input.progress, "kubectl") });
    });
    const { runInteractive } = await import("../base/process-interactive.js");
    const code = await runInteractive(command).finally(() => command.close());
    if (code !== 0) this.exit(code);
  }
}
