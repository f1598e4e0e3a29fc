import { VAGRANT_PROVIDERS } from "../../../templates/vagrant-provider.js";
import { failed, ok, type Outcome, type QuickCheck, skipped, type Weight } from "../check.js";
import { buildable } from "../../../boxes/buildable.js";
import { withoutUrlSecrets } from "../../../base/hide-logins.js";
import { editSpec, type QuickSubject, usesVagrant } from "../subject.js";
import { keptBoxes, vagrantArchitecture, type KeptBox } from "../../../vagrant/kept-boxes.js";

/** The box is there for the provider and for this computer's processor, or the spec says where it comes from. */
export const box: QuickCheck = {
  id: "box",
  on: "this computer",
  weight: "error",
  inUp: "warn",
  look: async (subject) => {
    const name = subject.identity?.box ?? subject.spec?.vagrant.box;
    if (!usesVagrant(subject) || name === undefined) return skipped("no box is used");
    if (subject.vagrantProvider === "docker") return skipped("Docker starts nodes from an image");
    const formats = VAGRANT_PROVIDERS.find((facts) => facts.name === subject.vagrantProvider)?.boxFormats ?? [];
    const kept = (await keptBoxes(subject.computer)).filter(
      (one) => one.name === name && formats.includes(one.provider),
    );
    return kept.length === 0 ? missing(subject, name) : fits(subject, name, kept);
  },
};

/** A cluster that has its machines works without its box; it only gets no new ones. */
function weightFor({ made }: QuickSubject): Weight {
  return made.size > 0 ? "warning" : "error";
}

function fits(subject: QuickSubject, name: string, kept: readonly KeptBox[]): Outcome {
  const { computer, vagrantProvider } = subject;
  const wanted = vagrantArchitecture(computer.arch);
  const fit = kept.find(({ architecture }) => architecture === undefined || architecture === wanted);
  if (fit) return ok(`${name} for ${vagrantProvider}, ${fit.architecture ?? "which tells no architecture"}`);
  const there = kept.map(({ architecture }) => architecture ?? "").join(", ");
  const evidence = `${name} is here for ${there}, this computer is ${wanted ?? computer.arch}`;
  return failed(evidence, `vagrant box remove '${name}' --all`, { weight: weightFor(subject) });
}

function missing(subject: QuickSubject, name: string): Outcome {
  const { spec, identity, vagrantProvider, computer } = subject;
  const { boxUrl = "", boxCatalog = "" } = spec?.vagrant ?? {};
  const place =
    [boxUrl, identity === undefined ? boxCatalog : (identity.boxCatalog ?? "")].find((one) => one !== "") ?? "";
  if (place !== "") return ok(`${name} is not here yet; up gets it from ${withoutUrlSecrets(place)}`);
  if (typeof buildable(name, vagrantProvider, computer.arch) !== "string")
    return ok(`${name} is not here yet; up builds it (docs/boxes.md)`);
  return failed(
    `${name} is not here for ${vagrantProvider}, and spec.vagrant.boxUrl names no place to get it from`,
    spec === undefined ? editSpec(subject) : `vagrant box add --name '${name}' FILE.box`,
    { weight: weightFor(subject) },
  );
}
