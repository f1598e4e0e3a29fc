import type { Timings } from "../../operations/timings/timings.js";
import { table } from "./table.js";

/** Rows of a table; the others are counted. */
const MOST = 15;
const MEBIBYTE = 1024 * 1024;

/** The cluster's own times of the run, in seconds from its beginning, as people read them. */
export function clusterText({ objects, began }: Pick<Timings, "objects" | "began">): readonly string[] {
  if (objects.length === 0) return [];
  const second = (time: string | null): string =>
    time === null ? "not known" : ((Date.parse(time) - Date.parse(began)) / 1000).toFixed(1);
  const rows = objects
    .slice(-MOST)
    .map(({ object, node, created, scheduled, started, ready }) => [
      ...[object, node ?? "-", second(created), second(scheduled), second(started), second(ready)],
    ]);
  return [
    "",
    "The cluster's own times, in seconds of the run; they are whole seconds, corrected by each node's clock:",
    "",
    table(["object", "node", "created", "scheduled", "started", "ready"], rows),
    ...others(objects.length, "were ready before"),
  ];
}

/** What the pulls of images took, as people read it. */
export function imagesText({ images }: Pick<Timings, "images">): readonly string[] {
  if (images.length === 0) return [];
  const rows = images
    .slice(0, MOST)
    .map(({ node, image, source, bytes, milliseconds }) => [
      ...[image, node ?? "not known", source, bytes === null ? "not known" : `${(bytes / MEBIBYTE).toFixed(1)} MiB`],
      milliseconds === null ? "not known" : (milliseconds / 1000).toFixed(1),
    ]);
  return ["", table(["image", "node", "source", "size", "seconds"], rows), ...others(images.length, "took less")];
}

function others(count: number, what: string): readonly string[] {
  return count <= MOST ? [] : [`${count - MOST} more ${what}; -o json has all.`];
}
