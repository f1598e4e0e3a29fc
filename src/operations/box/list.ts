import type { RunInput } from "../../engine/run-input.js";
import { boxUsers } from "../../vagrant/box-users.js";
import { keptBoxes, type KeptBox } from "../../vagrant/kept-boxes.js";

/** A box that Vagrant keeps on this computer. */
export interface ListedBox {
  readonly name: string;
  readonly version: string;
  readonly provider: string;
  readonly architecture: string | null;
  /** Whether alpine-k8s built it. */
  readonly ours: boolean;
  /** What is in it, as its metadata say; null when they do not. */
  readonly kubernetes: string | null;
  /** Folders whose machines were made of it. */
  readonly usedBy: readonly string[];
}

/** The shape of `box list -o json`. */
export interface BoxList {
  readonly boxes: readonly ListedBox[];
}

/** The boxes that Vagrant keeps, and which folders use them. Starts no program and changes nothing. */
export async function listBoxes({ tools: { computer } }: Pick<RunInput, "tools">): Promise<BoxList> {
  const users = await boxUsers(computer);
  const boxes = (await keptBoxes(computer)).map((box) => ({
    ...{ name: box.name, version: box.version, provider: box.provider, architecture: box.architecture ?? null },
    ...{ ours: aboutOf(box) !== undefined, kubernetes: textOf(aboutOf(box)?.["kubernetes"]) },
    usedBy: users
      .filter(
        ({ box: name, provider, version }) => name === box.name && provider === box.provider && version === box.version,
      )
      .map(({ folder }) => folder)
      .sort(),
  }));
  return { boxes };
}

/** What alpine-k8s has written into the metadata of a box of its own. */
export function aboutOf({ metadata }: KeptBox): Readonly<Record<string, unknown>> | undefined {
  const about = metadata?.["alpine-k8s"];
  return typeof about === "object" && about !== null ? (about as Readonly<Record<string, unknown>>) : undefined;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
