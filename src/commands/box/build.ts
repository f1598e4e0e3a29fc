import { Flags } from "@oclif/core";
import { BaseCommand, dirFlag, outputFlag, verboseFlag } from "../../cli/base-command.js";
import { withExitCodes } from "../../cli/exit-codes.js";
import { planFlags } from "../../cli/plan-flags.js";
import { downloadBar } from "../../cli/progress/download-bar.js";
import { builtBoxText } from "../../cli/text/box.js";

export default class BoxBuild extends BaseCommand {
  static override summary = "Build a box: Alpine with a runtime and Kubernetes, for Vagrant.";
  static override description = withExitCodes(
    "Boots Alpine's cloud image under QEMU, runs the scripts of the recipe in it, and packs what it has become for " +
      "Vagrant's providers: boxes, and for docker an image. Images and boxes are verified and kept in the user's cache; a build that was ended goes on " +
      "where it was. Needs QEMU; with KVM or HVF it takes minutes, without them much longer.",
  );
  static override examples = [
    { description: "the default box, for libvirt", command: "<%= config.bin %> box build" },
    {
      description: "for two providers, from an image that is here",
      command: "<%= config.bin %> box build --provider libvirt,virtualbox --base alpine.qcow2",
    },
    { description: "an image for nodes that are containers", command: "<%= config.bin %> box build --provider docker" },
    { description: "only say what would be done", command: "<%= config.bin %> box build --dry-run" },
  ];
  static override flags = {
    alpine: Flags.string({ description: "the release of Alpine", default: "3.24", helpValue: "X.Y" }),
    kubernetes: Flags.string({ description: "the version of Kubernetes", default: "v1.36.1", helpValue: "vX.Y.Z" }),
    runtime: Flags.string({
      description: "the container runtime",
      options: ["containerd", "crio", "docker"],
      default: "containerd",
    }),
    provider: Flags.string({
      description: "providers of Vagrant, with commas: libvirt, virtualbox, vmware_desktop, docker",
      default: "libvirt",
      helpValue: "NAMES",
    }),
    arch: Flags.string({ description: "the processor", options: ["x86_64", "aarch64"], default: "x86_64" }),
    preload: Flags.boolean({ description: "put the images of the control plane into it", default: false }),
    base: Flags.string({ description: "a QCOW2 image in place of Alpine's: a file or a URL", helpValue: "PLACE" }),
    sha512: Flags.string({
      description: "its SHA-512; default: what stands beside it, in PLACE.sha512",
      helpValue: "SUM",
    }),
    key: Flags.string({
      description: "the public key that must have signed the image; default: any of your keyring may have",
      helpValue: "FILE",
    }),
    mirror: Flags.string({ description: "a mirror of Alpine, for image and packages", helpValue: "URL" }),
    recipe: Flags.string({ description: "a folder with scripts of your own", helpValue: "FOLDER" }),
    "max-size": Flags.integer({ description: "MB that a box may have; default: its budget", min: 1, helpValue: "MB" }),
    add: Flags.boolean({ description: "give the box to Vagrant", default: true, allowNo: true }),
    ...planFlags,
    dir: dirFlag,
    output: outputFlag,
    verbose: verboseFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(BoxBuild);
    const { boxRequest } = await import("../../operations/box/request.js");
    const asked = boxRequest({
      ...{ ...flags, maxSize: flags["max-size"], architecture: flags.arch },
    });
    const { buildBox, planBuildBox } = await import("../../operations/box/build.js");
    if (flags["dry-run"]) return this.plan(flags, (input) => planBuildBox({ ...input, ...asked }));
    const built = await this.operate(flags, (input) =>
      buildBox({ ...input, ...asked, onBytes: downloadBar(input.progress, "image") }),
    );
    this.print(flags, built, () => builtBoxText(built));
  }
}
