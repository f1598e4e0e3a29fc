import type { CommandName } from "../stories.js";

/** What `npm run stories` passes to its stories. */
export interface Given {
  /** The spec with the machines, an absolute path. */
  readonly specFile: string;
  readonly domain: string;
  /** The version that the machines have or would install, `vX.Y.Z`. */
  readonly kubernetesVersion: string;
  /** Image with BusyBox for pods. */
  readonly image: string;
  /** Templates of shell commands for this computer; see `command-template.ts`. */
  readonly commands: Readonly<Partial<Record<CommandName, string>>>;
  /** Folder of the kubectl to use. */
  readonly kubectlFolder: string;
  /** Where the stories keep their cluster folders. */
  readonly home: string;
}

/** Name of the variable that has {@link Given} as JSON. */
export const GIVEN_VARIABLE = "ALPINE_K8S_GIVEN_MACHINES";

const text = process.env[GIVEN_VARIABLE];

/** The given machines; undefined when stories run on the bench. */
export const GIVEN = text === undefined || text === "" ? undefined : (JSON.parse(text) as Given);
