import { resolve } from "node:path";
import { AlpineK8sError } from "../../../base/errors.js";
import { ALPINE_MIRROR, alpineImage } from "../../../boxes/alpine-image.js";
import { isUrl } from "../../../boxes/base-source.js";
import { buildable } from "../../../boxes/buildable.js";
import { findEmulator } from "../../../boxes/emulator.js";
import { budgetOf, megabytes } from "../../../boxes/sizes.js";
import type { ClusterContext } from "../../../engine/context.js";
import { overall } from "../../../engine/item.js";
import type { Step } from "../../../engine/step.js";
import { buildBox } from "../../box/build.js";
import type { BuildBoxInput } from "../../box/context.js";

/** How a box is built; the parts that a run does not know. */
type Build = Pick<BuildBoxInput, "request" | "base">;

/**
 * Makes sure of the box before anything of the cluster is made: a box of ours that is not here, and has no place to get it
 * from, is built. `builds` is false where the user does not want that. Throws `prerequisite` for a box that can neither be
 * got nor built, with the ways out.
 */
export function findBox({ builds }: { readonly builds: boolean }): Step<ClusterContext> {
  return {
    id: "find-box",
    title: "Find the box",
    plan: async (context) => {
      const missing = await context.machines.missingBox?.();
      if (missing === undefined) return "nothing is missing";
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
      const { folder, tools, progress, signal } = context;
      const build = buildFor(context, missing, builds);
      const rest = { mirror: undefined, recipe: undefined, maxBytes: undefined, add: true };
      await buildBox({ ...{ folder, tools, progress, signal }, ...rest, ...build });
    },
  };
}

function buildFor(context: ClusterContext, box: string, builds: boolean): Build {
  const { spec, identity, tools, folder } = context;
  if (!builds) throw missingBox(box, "and --no-build-box keeps one from being built");
  const request = buildable(box, identity.vagrantProvider, tools.computer.arch);
  if (typeof request === "string") throw missingBox(box, request);
  const { boxBase, boxBaseSha512 } = spec.vagrant;
  if (boxBase === undefined) {
    // Throws for a release whose image is not known.
    alpineImage(request.alpine, request.architecture, ALPINE_MIRROR);
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
        "give its place in alpine-k8s.yaml: spec.vagrant.boxUrl (and boxSha256)",
        "build one: alpine-k8s box build",
        "use machines that exist already: provider: hosts",
        "try the tool without a box: the practice cluster, docs/practice.md",
      ],
    },
  );
}
