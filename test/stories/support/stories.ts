/** What is done to a machine from outside of it; see docs/given-machines.md. */
export const COMMANDS = ["reset", "cut", "reboot"] as const;
export type CommandName = (typeof COMMANDS)[number];

/** Machines of a story, and what is done to them from outside. */
export interface Wanted {
  readonly masters: number;
  readonly minions: number;
  /** Machines that are there from the start and are no nodes yet, named `spare1`, `spare2`, … */
  readonly spares?: number;
  /** What the story calls of {@link Machines}: `unplug` is cut, `plug` and `reboot` are reboot. */
  readonly commands: readonly CommandName[];
}

/** The stories with `provider: hosts`, by the names of their files. They run on the bench and on given machines. */
export const STORIES = {
  hosts: { masters: 1, minions: 2, commands: [] },
  kill: { masters: 1, minions: 1, commands: ["reset"] },
  power: { masters: 1, minions: 1, commands: ["cut", "reboot"] },
  "day-two": { masters: 1, minions: 1, commands: ["cut", "reboot"] },
  "grow-and-shrink": { masters: 1, minions: 1, spares: 2, commands: ["cut", "reboot"] },
  masters: { masters: 3, minions: 1, commands: ["cut", "reset"] },
} as const satisfies Readonly<Record<string, Wanted>>;

export type StoryName = keyof typeof STORIES;
export const STORY_NAMES = Object.keys(STORIES) as StoryName[];
