import { basename } from "node:path";
import { readStamp } from "../../../templates/stamp.js";
import { type Check, failed, ok, type Outcome, skipped } from "../check.js";
import { type Subject, usesVagrant } from "../subject.js";

/** Vagrantfile and node scripts are as they were rendered. An edited one is used as it is, a foreign one refused. */
export const renderedFiles: Check = {
  id: "rendered-files",
  on: "the folder",
  weight: "warning",
  look: async (subject) => {
    const states = await Promise.all(filesOf(subject).map((file) => stateOf(subject, file)));
    const present = states.filter(({ state }) => state !== "absent");
    if (present.length === 0) return skipped("nothing is rendered yet");
    return evaluate(states);
  },
};

function filesOf(subject: Subject): readonly string[] {
  const { vagrantfile, scripts } = subject.paths;
  return [...(usesVagrant(subject) ? [vagrantfile] : []), scripts.shared, scripts.master, scripts.minion];
}

interface FileState {
  readonly name: string;
  readonly state: "absent" | "ours" | "edited" | "foreign";
}

async function stateOf({ computer }: Subject, file: string): Promise<FileState> {
  const text = await computer.read(file);
  return { name: basename(file), state: text === undefined ? "absent" : readStamp(text).state };
}

function evaluate(files: readonly FileState[]): Outcome {
  const named = (state: FileState["state"]): string =>
    files
      .filter((file) => file.state === state)
      .map(({ name }) => name)
      .join(", ");
  const renew = "alpine-k8s render --force";
  if (named("foreign") !== "") {
    return failed(`not made by alpine-k8s, up refuses them: ${named("foreign")}`, renew, { weight: "error" });
  }
  if (named("edited") !== "") return failed(`edited by hand, used as they are: ${named("edited")}`, renew);
  if (named("absent") !== "") return failed(`not in the folder: ${named("absent")}`, "alpine-k8s render");
  return ok(`${named("ours")} as rendered`);
}
