import { Args, Flags } from "@oclif/core";

/** The add-on that a command is about. */
export const addonArg = Args.string({ required: true, description: "name of the add-on, such as canal", name: "NAME" });

/** Flags of the commands that apply an add-on. */
export const applyFlags = {
  "force-conflicts": Flags.boolean({ description: "take fields that others have changed", default: false }),
  timeout: Flags.integer({
    ...{ description: "how long it gets to become ready, in seconds", default: 300, min: 1, max: 86_400 },
    helpValue: "SECONDS",
  }),
  wait: Flags.boolean({ description: "wait until it is ready", default: true, allowNo: true }),
};

/** What these flags ask of an operation. */
export function applyWish(flags: {
  readonly "force-conflicts": boolean;
  readonly timeout: number;
  readonly wait: boolean;
}): { readonly forceConflicts: boolean; readonly timeout: number | undefined } {
  return { forceConflicts: flags["force-conflicts"], timeout: flags.wait ? flags.timeout * 1000 : undefined };
}
