import type { TimelineEntry } from "../../engine/timeline-event.js";
import { corrected } from "./cluster-times.js";
import type { Bar, ImageTimes } from "./run-time.js";

/** The images of a run, those that took the longest first. */
export function imageTimes(
  bars: readonly Bar[],
  events: readonly TimelineEntry[],
  { from, clocks }: { readonly from: number; readonly clocks: ReadonlyMap<string, number> },
): readonly ImageTimes[] {
  const byKubeadm = bars.flatMap(({ node, image, outcome, ...bar }): ImageTimes[] => {
    if (image === null) return [];
    const milliseconds = outcome === "done" ? bar.to - bar.from : null;
    return [{ node, image, source: registryOf(image), bytes: null, milliseconds }];
  });
  const byKubelets = events.flatMap((event): ImageTimes[] => {
    if (event.kind !== "image") return [];
    const { node, image, bytes, milliseconds, pulledAt } = event;
    if (corrected(pulledAt, node, clocks) < from) return [];
    return [{ node, image, source: registryOf(image), bytes, milliseconds }];
  });
  const took = ({ milliseconds }: ImageTimes): number => milliseconds ?? 0;
  return [...byKubeadm, ...byKubelets].sort((one, other) => took(other) - took(one));
}

/** As container runtimes read it: the first word is a host when it could not be a user of Docker's own registry. */
function registryOf(image: string): string {
  const [first = "", ...rest] = image.split("/");
  return rest.length > 0 && (/[.:]/.test(first) || first === "localhost") ? first : "docker.io";
}
