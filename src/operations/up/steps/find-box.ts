import { resolve } from "node:path";
import { AlpineK8sError } from "../../../base/errors.js";
import { ALPINE_MIRROR, alpineImage } from "../../../boxes/alpine-image.js";
import { isUrl, shown } from "../../../boxes/base-source.js";
import { buildable } from "../../../boxes/buildable.js";
import { findEmulator } from "../../../boxes/emulator.js";
import { budgetOf, megabytes } from "../../../boxes/sizes.js";
import type { ClusterContext } from "../../../engine/context.js";
import { overall } from "../../../engine/item.js";
import type { Step } from "../../../engine/step.js";
import { warn } from "../../../engine/warn.js";
import type { KeptBox } from "../../../vagrant/kept-boxes.js";
import { namesNoBox, newestKept, oddBox } from "../../box/choose-box.js";
import type { BuildBoxInput } from "../../box/context.js";
import { specProxy } from "../../box/spec-proxy.js";

/** How a box is built; the parts that a run does not know. */
type Build = Pick<BuildBoxInput, "request" | "base">;

export interface FindBox {
  /** False where the user does not want that a box is built. */
  readonly builds: boolean;
  /** Told how far the download of the image is that a box is built of. */
  readonly onBytes?: BuildBoxInput["onBytes"];
}

/**
 * Makes sure of the box before anything of the cluster is made: a box of ours that is not here, and has no place to get it
 * from, is built. Throws `prerequisite` for a box that can neither be got nor built, and for one that nobody named and whose
 * metadata belie its name, with the ways out.
 */
export function findBox({ builds, onBytes }: FindBox): Step<ClusterContext> {
  return {
    id: "find-box",
    title: "Find the box",
    plan: async (context) => {
      const missing = await context.machines.missingBox?.();
      if (missing === undefined) return lookAtBox(context);
      const { request } = buildFor(context, missing, builds);
      const provider = request.providers[0] ?? "libvirt";
      const { acceleration } = await findEmulator(context.tools.computer, request.architecture);
      const time = acceleration === "tcg" ? "a quarter of an hour or more, emulated" : "some minutes";
      const size = megabytes(budgetOf(provider, request));
      return [overall("build", `build the box ${missing} for ${provider}: at most ${size}, ${time} (docs/boxes.md)`)];
    },
    run: async (context, [item]) => {
      if (item === undefined) return;
      const missing = await context.machines.missingBox?.();
      if (missing === undefined) return;
      context.progress.info(item.text);
      const { folder, tools, progress, signal, spec, proxyCa } = context;
      const build = buildFor(context, missing, builds);
      const { boxMirror: mirror } = spec.vagrant;
      const rest = { mirror, recipe: undefined, maxBytes: undefined, add: true, onBytes };
      const proxy = specProxy(tools.computer.env, spec, proxyCa);
      const { buildBox } = await import("../../box/build.js");
      await buildBox({ ...{ folder, tools, progress, signal, proxy }, ...rest, ...build });
    },
  };
}

const NOTHING = "nothing is missing";

/** What is to be said of a box that is here or has a place to come from, while no machine was made of it. */
async function lookAtBox(context: ClusterContext): Promise<string> {
  const { machines, identity, spec, tools } = context;
  if (machines.missingBox === undefined || (await machines.existing()).length > 0) return NOTHING;
  const { box, boxCatalog, vagrantProvider, kubernetesVersion } = identity;
  if (box === undefined || vagrantProvider === undefined) return NOTHING;
  const kept = (await newestKept(tools.computer, vagrantProvider)).find(({ name }) => name === box);
  if (kept === undefined) return boxCatalog === undefined ? NOTHING : `Vagrant gets ${box} from ${shown(boxCatalog)}`;
  const odd = oddBox(kept, kubernetesVersion);
  if (odd?.belies === true && namesNoBox(spec)) throw beliedName(kept, odd.words);
  if (odd !== undefined) warn(context, odd.words);
  return `Vagrant has ${box}, version ${kept.version}`;
}

function beliedName({ name, provider }: KeptBox, words: string): AlpineK8sError {
  return new AlpineK8sError("prerequisite", `${words}; no machine is made of it`, {
    hints: [`vagrant box remove '${name}' --provider ${provider} --all`, "or name another box: spec.vagrant.box"],
  });
}

function buildFor(context: ClusterContext, box: string, builds: boolean): Build {
  const { spec, identity, tools, folder } = context;
  if (!builds) throw missingBox(box, "and --no-build-box keeps one from being built");
  const request = buildable(box, identity.vagrantProvider, tools.computer.arch);
  if (typeof request === "string") throw missingBox(box, request);
  const { boxBase, boxBaseSha512, boxMirror } = spec.vagrant;
  if (boxBase === undefined) {
    // Throws for a release whose image is not known.
    alpineImage(request.alpine, request.architecture, boxMirror ?? ALPINE_MIRROR);
    return { request, base: undefined };
  }
  return { request, base: { place: isUrl(boxBase) ? boxBase : resolve(folder, boxBase), sha512: boxBaseSha512 } };
}

function missingBox(box: string, why: string): AlpineK8sError {
  return new AlpineK8sError(
    "prerequisite",
    `the Vagrant box ${box} is not on this computer, the spec names no place to get it from, ${why}`,
    {
      hints: [
        `vagrant box add --name '${box}' FILE.box`,
        "give its place in alpine-k8s.yaml: spec.vagrant.boxUrl (and boxSha256), or a catalogue: spec.vagrant.boxCatalog",
        "build one: alpine-k8s box build",
        "use machines that exist already: provider: hosts",
        "try the tool without a box: the practice cluster, docs/practice.md",
      ],
    },
  );
}
