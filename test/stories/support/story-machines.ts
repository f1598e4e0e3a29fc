import { benchMachines } from "./bench-machines.js";
import { givenMachines } from "./given/machines.js";
import { GIVEN } from "./given/settings.js";
import type { Machines } from "./machines.js";
import { STORIES, type StoryName } from "./stories.js";

/** Stories run on the bench, which can be made to do more than somebody's machines. */
export const onBench = GIVEN === undefined;

/** The machines that a story wants: containers of the bench, or those that `npm run stories` was given. */
export function storyMachines(story: StoryName): Promise<Machines> {
  return GIVEN === undefined ? benchMachines(story, STORIES[story]) : givenMachines(GIVEN, STORIES[story]);
}
