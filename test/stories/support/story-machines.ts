import { benchMachines } from "./bench-machines.js";
import { givenMachines } from "./given/machines.js";
import { GIVEN } from "./given/settings.js";
import type { Machines } from "./machines.js";
import { STORIES, type StoryName } from "./stories.js";

/** Whether stories run on the bench, which can do more than given machines. */
export const onBench = GIVEN === undefined;

/** The machines that a story needs: containers of the bench, or the given machines of `npm run stories`. */
export function storyMachines(story: StoryName): Promise<Machines> {
  return GIVEN === undefined ? benchMachines(story, STORIES[story]) : givenMachines(GIVEN, STORIES[story]);
}
