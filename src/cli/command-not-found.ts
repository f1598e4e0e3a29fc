import type { Hook } from "@oclif/core";
import { AlpineK8sError, EXIT_CODES } from "../base/errors.js";
import { printable, printableJson } from "../base/printable.js";
import { nearest } from "../model/spec/problems.js";
import { errorDocument, errorText, wantsJson } from "./error-report.js";

/** Reports an unknown command like any other wrong usage: exit code 2, and the command that was probably meant. */
export const commandNotFound: Hook.CommandNotFound = function ({ id, argv = [], config }) {
  const error = unknownCommand(id, config.commandIDs);
  if (wantsJson(argv)) process.stdout.write(`${printableJson({ error: errorDocument(error) })}\n`);
  process.stderr.write(`${printable(errorText(error))}\n`);
  return Promise.resolve(this.exit(EXIT_CODES.usage));
};

/** oclif joins the words with colons, and takes what follows an unknown command as part of its name. */
function unknownCommand(id: string, ids: readonly string[]): AlpineK8sError {
  const words = id.split(":");
  const complete = ids.find((one) => id.startsWith(`${one}:`));
  if (complete !== undefined) return notThere(words.join(" "), [`alpine-k8s ${complete.replaceAll(":", " ")} --help`]);
  const known = ids.map((one) => one.replaceAll(":", " "));
  for (let count = Math.min(words.length, 2); count > 0; count -= 1) {
    const typed = words.slice(0, count).join(" ");
    const meant = nearest(typed, known);
    if (meant !== undefined) return notThere(typed, [`alpine-k8s ${meant} --help`]);
  }
  return notThere(words.slice(0, 2).join(" "), []);
}

function notThere(typed: string, meant: readonly string[]): AlpineK8sError {
  return new AlpineK8sError("usage", `there is no command "${typed}"`, { hints: [...meant, "alpine-k8s --help"] });
}
