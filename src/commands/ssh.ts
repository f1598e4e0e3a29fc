import { Flags } from "@oclif/core";
import { BaseCommand, dirFlag, verboseFlag } from "../cli/base-command.js";
import { withExitCodes } from "../cli/exit-codes.js";
import { AlpineK8sError } from "../base/errors.js";

export default class Ssh extends BaseCommand {
  static override summary = "Open a shell on a node, or run a command there.";
  static override description = withExitCodes(
    "Runs the ssh program of this computer with the cluster's key and its pinned host keys. NODE is a node's name, short " +
      "or full. Of what stands after --, several words are a program and its arguments, each passed on as it is; one " +
      "word is a line for the shell there. The command's exit code is passed on; 255 is ssh's own.",
  );
  static override usage = "ssh NODE [-t] [--dir FOLDER] [-- COMMAND...]";
  static override examples = [
    "<%= config.bin %> ssh master1",
    "<%= config.bin %> ssh minion1 -- sudo crictl ps -a",
    "<%= config.bin %> ssh minion1 -- 'df -h | grep /var'",
    "<%= config.bin %> ssh minion1 -- tee notes.txt < notes.txt",
    "<%= config.bin %> ssh minion1 -t -- top",
  ];
  static override strict = false;
  static override flags = {
    tty: Flags.boolean({ char: "t", description: "give the command a terminal", default: false }),
    dir: dirFlag,
    verbose: verboseFlag,
  };

  async run(): Promise<void> {
    // oclif removes the last --, which may belong to the command.
    const end = this.argv.includes("--") ? this.argv.indexOf("--") : this.argv.length;
    const command = this.argv.slice(end + 1);
    const { flags, argv } = await this.parse(Ssh, this.argv.slice(0, end));
    const node = onlyNode(argv.map(String));
    const prepared = await this.operate(flags, async (input) => {
      const { prepareSsh } = await import("../operations/ssh.js");
      return prepareSsh({ ...input, node, command, tty: flags.tty });
    });
    const { runInteractive } = await import("../base/process-interactive.js");
    const code = await runInteractive(prepared);
    if (code !== 0) this.exit(code);
  }
}

function onlyNode([node, ...more]: readonly string[]): string {
  if (node === undefined) {
    throw new AlpineK8sError("usage", "ssh needs the name of a node", {
      hints: ["alpine-k8s ssh master1", "alpine-k8s status  (lists them)"],
    });
  }
  if (more.length === 0) return node;
  throw new AlpineK8sError("usage", `put the command for the node after --; found before it: ${more.join(" ")}`, {
    hints: [`alpine-k8s ssh ${node} -- ${more.join(" ")}`],
  });
}
