import { join } from "node:path";
import { VAGRANT_PROVIDERS } from "../../../templates/vagrant-provider.js";
import { failed, ok, type Outcome, type QuickCheck, skipped, type Weight } from "../check.js";
import { withoutUrlSecrets } from "../../../base/hide-logins.js";
import type { LocalFiles } from "../../../base/local-system.js";
import { editSpec, type QuickSubject, usesVagrant } from "../subject.js";
import { vagrantHome } from "../vagrant-home.js";

/** A box as Vagrant keeps it: boxes/NAME/VERSION[/ARCHITECTURE]/PROVIDER, architectures since Vagrant 2.4.0. */
interface KeptBox {
  readonly version: string;
  readonly provider: string;
  /** As Vagrant names it, amd64, arm64; nothing when the box does not say. */
  readonly architecture: string | undefined;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

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
    const kept = (await keptBoxes(subject.computer, name)).filter(({ provider }) => formats.includes(provider));
    return kept.length === 0 ? missing(subject, name) : fits(subject, name, kept);
  },
};

/** A cluster that has its machines works without its box; it only gets no new ones. */
function weightFor({ made }: QuickSubject): Weight {
  return made.size > 0 ? "warning" : "error";
}

function fits(subject: QuickSubject, name: string, kept: readonly KeptBox[]): Outcome {
  const { computer, vagrantProvider } = subject;
  const wanted = ARCHITECTURES[computer.arch];
  const fit = kept.find(({ architecture }) => architecture === undefined || architecture === wanted);
  if (fit) return ok(`${name} for ${vagrantProvider}, ${fit.architecture ?? "which tells no architecture"}`);
  const there = kept.map(({ architecture }) => architecture ?? "").join(", ");
  const evidence = `${name} is here for ${there}, this computer is ${wanted ?? computer.arch}`;
  return failed(evidence, `vagrant box remove '${name}' --all`, { weight: weightFor(subject) });
}

function missing(subject: QuickSubject, name: string): Outcome {
  const { spec, vagrantProvider } = subject;
  const place = spec?.vagrant.boxUrl ?? "";
  if (place !== "") return ok(`${name} is not here yet; up gets it from ${withoutUrlSecrets(place)}`);
  return failed(
    `${name} is not here for ${vagrantProvider}, and spec.vagrant.boxUrl names no place to get it from`,
    spec === undefined ? editSpec(subject) : `vagrant box add --name '${name}' FILE.box`,
    { weight: weightFor(subject) },
  );
}

async function keptBoxes(computer: LocalFiles, name: string): Promise<readonly KeptBox[]> {
  const folder = join(
    vagrantHome(computer),
    "boxes",
    name.replaceAll("/", "-VAGRANTSLASH-").replaceAll(":", "-VAGRANTCOLON-"),
  );
  const kept: KeptBox[] = [];
  for (const version of await computer.list(folder)) {
    for (const first of await computer.list(join(folder, version))) {
      const direct = await computer.read(join(folder, version, first, "metadata.json"));
      if (direct !== undefined) {
        kept.push({ version, provider: first, architecture: architectureIn(direct) });
        continue;
      }
      for (const provider of await computer.list(join(folder, version, first))) {
        const text = await computer.read(join(folder, version, first, provider, "metadata.json"));
        if (text !== undefined) kept.push({ version, provider, architecture: architectureIn(text) ?? first });
      }
    }
  }
  return kept;
}

function architectureIn(metadata: string): string | undefined {
  try {
    const { architecture } = JSON.parse(metadata) as { architecture?: unknown };
    return typeof architecture === "string" && architecture !== "" ? architecture : undefined;
  } catch {
    return undefined;
  }
}
