import { resolve } from "node:path";
import { Args, Flags } from "@oclif/core";

/** The user that a command is about. */
export const userArg = Args.string({ required: true, description: "name of the user, such as anna", name: "NAME" });

/** Flags of the commands that give a user a token or certificate. */
export const issueFlags = {
  // No default: where Kubernetes does not let a certificate's life be chosen, only what was typed is refused.
  days: Flags.integer({ description: "when the access ends, in days; 90 without it", helpValue: "DAYS" }),
  csr: Flags.string({ description: "a certificate for a request that the colleague has made", helpValue: "FILE" }),
};

/** Where the kubeconfig is written. */
export const fileFlag = Flags.string({
  description: "where the kubeconfig is written; NAME.config in the cluster folder without it",
  helpValue: "FILE",
});

/** A path as operations take it. */
export function pathOf(file: string | undefined): string | undefined {
  return file === undefined ? undefined : resolve(file);
}
