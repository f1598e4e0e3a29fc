import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../../../../src/base/errors.js";
import { COMMANDS, STORY_NAMES, type StoryName } from "../stories.js";
import { checkTemplate } from "./command-template.js";
import { refusal } from "./refusal.js";
import type { Given } from "./settings.js";

export const USAGE = `usage: npm run stories -- --spec FILE [OPTION…]

Runs the stories on machines that exist, and destroys what is on them: each must carry /etc/alpine-k8s/may-be-destroyed.

  --spec FILE      the spec with the machines, provider: hosts
  --only NAME      only this story; can be given again. Stories: ${STORY_NAMES.join(", ")}
  --reset CMD      makes a machine one that never was a node, switched on
  --cut CMD        takes the power from a machine, and tells nothing on it
  --reboot CMD     restarts a machine, and starts one that is off
  --image IMAGE    BusyBox for pods; default: docker.io/library/busybox:1.36
  --report FOLDER  for report.md, report.json and the cluster folders; default: stories, beside the spec

CMD is a command for this computer's shell, in which {name}, {address}, {port}, {user} and {key} stand for the machine's.
docs/given-machines.md has examples.
`;

/** The command line, checked as far as possible without looking at files and machines. */
export interface Options {
  readonly specFile: string;
  /** The requested stories. */
  readonly stories: readonly StoryName[];
  readonly commands: Given["commands"];
  readonly image: string;
  readonly reportFolder: string;
}

/** Reads the words after `npm run stories --`; undefined for a request for help. Throws `usage`. */
export function parseOptions(words: readonly string[], cwd: string): Options | undefined {
  const values = parsed(words);
  if (values.help === true) return undefined;
  if (values.spec === undefined) throw refusal("usage", "--spec is missing", "npm run stories -- --help");
  const specFile = resolve(cwd, values.spec);
  const commands: Given["commands"] = Object.fromEntries(
    COMMANDS.flatMap((name) => {
      const template = values[name];
      if (template === undefined) return [];
      checkTemplate(`--${name}`, template);
      return [[name, template]];
    }),
  );
  return {
    specFile,
    stories: chosen(values.only ?? []),
    commands,
    image: values.image ?? "docker.io/library/busybox:1.36",
    reportFolder: resolve(cwd, values.report ?? resolve(specFile, "../stories")),
  };
}

function parsed(words: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...words],
      options: {
        help: { type: "boolean", short: "h" },
        only: { type: "string", multiple: true },
        ...{ spec: text, reset: text, cut: text, reboot: text, image: text, report: text },
      },
    }).values;
  } catch (error) {
    throw refusal("usage", messageOf(error), "npm run stories -- --help");
  }
}

function chosen(names: readonly string[]): readonly StoryName[] {
  const unknown = names.filter((name) => !(STORY_NAMES as string[]).includes(name));
  if (unknown.length > 0)
    throw refusal("usage", `no story ${unknown.join(", ")}`, `there are ${STORY_NAMES.join(", ")}`);
  return names.length === 0 ? STORY_NAMES : STORY_NAMES.filter((name) => names.includes(name));
}
