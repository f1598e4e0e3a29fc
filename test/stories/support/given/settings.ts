import type { CommandName } from "../stories.js";

/** What `npm run stories` hands on to its stories. */
export interface Given {
  /** The spec with the machines, an absolute path. */
  readonly specFile: string;
  readonly domain: string;
  /** What the machines carry or would install, `vX.Y.Z`. */
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

/** Name of the variable that carries {@link Given} in JSON. */
export const GIVEN_VARIABLE = "ALPINE_K8S_GIVEN_MACHINES";

const text = process.env[GIVEN_VARIABLE];

/** The given machines; nothing when stories run on the bench. */
export const GIVEN = text === undefined || text === "" ? undefined : (JSON.parse(text) as Given);
