import type { Config, Hook } from "@oclif/core";
import { AlpineK8sError, EXIT_CODES } from "../errors.js";
import { errorDocument, errorText, wantsJson } from "./error-report.js";

/** What oclif says of it: the words joined by colons, and what was typed behind them. */
interface Asked {
  readonly id: string;
  readonly argv?: readonly string[];
  readonly config: Config;
}

/** Tells a command that is not there as every other wrong usage is told; oclif calls it, see package.json. */
export default function unknownCommand(this: Hook.Context, { id, argv = [], config }: Asked): void {
  const words = id.split(":");
  const [first = ""] = words;
  const isKnown = config.commandIDs.some((known) => known === first || known.startsWith(`${first}:`));
  const error = new AlpineK8sError("usage", `there is no command alpine-k8s ${words.join(" ")}`, {
    hints: [`alpine-k8s ${isKnown ? `${first} ` : ""}--help`],
  });
  if (wantsJson(argv)) process.stdout.write(`${JSON.stringify({ error: errorDocument(error) }, undefined, 2)}\n`);
  process.stderr.write(`${errorText(error)}\n`);
  this.exit(EXIT_CODES.usage);
}
