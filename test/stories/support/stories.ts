/** Commands that act on a machine from outside; see docs/given-machines.md. */
export const COMMANDS = ["reset", "cut", "reboot"] as const;
export type CommandName = (typeof COMMANDS)[number];

/** The machines that a story needs, and the commands that act on them from outside. */
export interface Wanted {
  readonly masters: number;
  readonly minions: number;
  /** Number of machines that exist from the start but are no nodes yet, named `spare1`, `spare2`, … */
  readonly spares?: number;
  /**
   * The commands that the story's calls of {@link Machines} need: `unplug` needs cut, `plug` and `reboot` need reboot.
   */
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
