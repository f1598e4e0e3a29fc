import { quoteSh } from "../../base/quote.js";
import { megabytes } from "../../boxes/sizes.js";
import type { BuiltBox } from "../../operations/box/build.js";
import type { BoxList } from "../../operations/box/list.js";
import type { Published } from "../../operations/box/publish.js";
import type { RemovedBoxes } from "../../operations/box/remove.js";
import type { BoxVerification } from "../../operations/box/verify.js";
import { section, table } from "./table.js";

/** What `box build` prints. */
export function builtBoxText(box: BuiltBox): string {
  const { name, version, parts, boxes, catalogue, added } = box;
  const size = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const rows = [...parts, { part: "all", bytes: size }].map(({ part, bytes }) => [part, megabytes(bytes)]);
  return [
    `Box ${name}, version ${version}${added ? ", is with Vagrant" : ""}.`,
    "",
    ...table(["what is in it", "unpacked"], rows).split("\n"),
    "",
    ...table(
      ["packed for", "size", "file"],
      boxes.map(({ provider, bytes, file }) => [provider, megabytes(bytes), file]),
    ).split("\n"),
    ...(catalogue === null ? [] : useOfBoxes(box, catalogue)),
    ...boxes.flatMap(({ file, image }) =>
      image === undefined
        ? []
        : section("Give the image to Docker, and name it in a new folder:", [
            `docker load --input ${quoteSh(file)}`,
            `alpine-k8s up --vagrant-provider docker --image ${image}`,
          ]),
    ),
  ].join("\n");
}

function useOfBoxes({ added, boxes }: BuiltBox, catalogue: string): readonly string[] {
  if (added) return section("Use it in a new folder:", ["alpine-k8s up"]);
  const taken = boxes.filter(({ image }) => image === undefined);
  const lines = taken.map(({ provider }) => `vagrant box add --provider ${provider} ${catalogue}`);
  return section("Give it to Vagrant:", lines);
}

/** What `box list` prints. */
export function boxListText({ boxes }: BoxList): string {
  if (boxes.length === 0) return "Vagrant has no boxes here. Build one: alpine-k8s box build";
  const rows = boxes.map(({ name, version, provider, architecture, ours, kubernetes, usedBy }) => [
    ...[name, version, provider, architecture ?? "-", ours ? (kubernetes ?? "yes") : "-", usedBy.join(", ") || "-"],
  ]);
  return table(["box", "version", "provider", "processor", "kubernetes", "machines in"], rows);
}

/** What `box verify` prints. */
export function verificationText({ boxes }: BoxVerification): string {
  if (boxes.length === 0) return "Vagrant has no boxes here.";
  const rows = boxes.map(({ name, version, provider, state }) => [name, version, provider, state]);
  const problems = boxes.flatMap(({ problems: all }) => all);
  return [table(["box", "version", "provider", "sums"], rows), ...section("Changed:", problems)].join("\n");
}

/** What `box remove` prints. */
export function removedBoxesText({ removed, folders }: RemovedBoxes): string {
  const boxes = removed.map(
    ({ name, version, provider }) => `Vagrant has ${name}, version ${version}, for ${provider} no more.`,
  );
  return [...boxes, ...folders.map((folder) => `Removed ${folder}.`)].join("\n");
}

/** What `box publish` prints. */
export function publishedText({ name, version, catalogue, files }: Published): string {
  return [
    `Box ${name}, version ${version}, is in the catalogue ${catalogue}:`,
    ...files.map((file) => `  ${file}`),
    ...section("In alpine-k8s.yaml of those who use it:", ["vagrant: { boxCatalog: PLACE OF THE CATALOGUE }"]),
  ].join("\n");
}
