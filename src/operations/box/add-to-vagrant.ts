import { readRecord } from "../../boxes/build-record.js";
import { takesBox } from "../../boxes/build-request.js";
import { overall } from "../../engine/item.js";
import type { OwnResult } from "../../engine/result.js";
import type { Step } from "../../engine/step.js";
import { addFromCatalogue, keptBoxes } from "../../vagrant/kept-boxes.js";
import type { BoxContext } from "./context.js";

/** Gives the boxes to Vagrant, from the catalogue, so that it knows their version; `added` tells whether it has them. */
export function addToVagrant(added: OwnResult<boolean>): Step<BoxContext> {
  return {
    id: "add-to-vagrant",
    title: "Give it to Vagrant",
    plan: async ({ input, tools: { computer }, paths, request }) => {
      const boxes = request.providers.filter(takesBox);
      if (boxes.length === 0) return "Docker takes an image by itself: docker load";
      if (!input.add) return "--no-add";
      if ((await computer.run("vagrant", ["--version"])) === undefined) return "Vagrant is not on this computer";
      const record = await readRecord(paths.record);
      const items = boxes.map((provider) => overall(provider, `vagrant box add for ${provider}`));
      if (record === undefined) return items;
      const kept = (await keptBoxes(computer)).filter(
        ({ name, version }) => name === record.name && version === record.version,
      );
      const missing = items.filter(({ action }) => !kept.some(({ provider }) => provider === action));
      if (missing.length > 0) return missing;
      added.give(true);
      return "Vagrant has it already";
    },
    run: async ({ all, paths, signal, progress }, items) => {
      const record = await readRecord(paths.record);
      const log = (line: string): void => progress.detail(`vagrant: ${line}`);
      for (const { action } of items) {
        await addFromCatalogue({
          ...{ folder: all.folder, catalogue: paths.catalogue, provider: action, version: record?.version ?? "" },
          ...{ signal, log },
        });
      }
      added.give(true);
    },
  };
}
