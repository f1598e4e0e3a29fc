import { Flags } from "@oclif/core";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { planFlags } from "../../cli/plan-flags.js";
import { userGivenText } from "../../cli/text/user.js";
import { fileFlag, issueFlags, pathOf, userArg } from "../../cli/user-flags.js";

const ROLES = ["view", "edit", "admin", "cluster-admin"] as const;
const KINDS = ["token", "certificate"] as const;

export default class UserAdd extends BaseCommand {
  static override summary = "Give somebody access: a namespace, a role, a quota and a kubeconfig.";
  static override description = withExitCodes(
    "Makes the namespace (NAME unless said otherwise), limits it to the quota, gives the role in it, and writes a kubeconfig " +
      "(mode 0600) that ends by itself. A token is revoked at once by user remove. A certificate cannot be revoked; what it may do ends " +
      "with user remove or user renew. With --csr the private key never leaves the colleague's computer. A user who is " +
      "there already stays as it is. Cut off at any moment, the same command continues.",
  );
  static override examples = [
    "<%= config.bin %> user add anna",
    "<%= config.bin %> user add anna --role admin --quota cpu=2,memory=4Gi,pods=20,storage=10Gi --days 30",
    { description: "a key of her own making", command: "<%= config.bin %> user add anna --csr anna.csr" },
    "<%= config.bin %> user add anna --dry-run",
  ];
  static override args = { name: userArg };
  static override flags = {
    namespace: Flags.string({
      char: "n",
      description: "the namespace; the user's name without it",
      helpValue: "NAMESPACE",
    }),
    role: Flags.option({
      ...{ description: "what the user may do in it; cluster-admin may do everything everywhere", options: ROLES },
      default: "edit" as const,
    })(),
    quota: Flags.string({
      description: "what all of the namespace may use",
      helpValue: "cpu=2,memory=4Gi,pods=20,storage=10Gi",
    }),
    kind: Flags.option({ description: "a token, unless --csr is given", options: KINDS })(),
    ...issueFlags,
    file: fileFlag,
    ...planFlags,
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(UserAdd);
    const { namespace, role, quota, kind, days } = flags;
    const paths = { csr: pathOf(flags.csr), file: pathOf(flags.file) };
    const asked = { name: args.name, namespace, role, quota, kind, days, ...paths };
    if (flags["dry-run"]) {
      return this.plan(flags, async (input) => {
        const { planAddUser } = await import("../../operations/user/add.js");
        return planAddUser({ ...input, ...asked });
      });
    }
    const given = await this.operate(flags, async (input) => {
      const { addUser } = await import("../../operations/user/add.js");
      return addUser({ ...input, ...asked });
    });
    this.print(flags, given, () => userGivenText(given));
  }
}
