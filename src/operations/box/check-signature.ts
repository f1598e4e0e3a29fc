import { rm } from "node:fs/promises";
import { AlpineK8sError } from "../../base/errors.js";
import { exists } from "../../base/files.js";
import { basePath } from "../../boxes/base-image.js";
import { isUrl, shown } from "../../boxes/base-source.js";
import { isBuilt } from "../../boxes/build-record.js";
import { NO_GPG } from "../../boxes/gpg.js";
import { checkSignature, noSignature, onlySum, signaturePlace } from "../../boxes/signature.js";
import { overall } from "../../engine/item.js";
import type { Step } from "../../engine/step.js";
import type { BoxContext } from "./context.js";

/** Compares the image with its signature, where that can be done; with --key it has to be. */
export const compareSignature: Step<BoxContext> = {
  id: "check-signature",
  title: "Check its signature",
  plan: async ({ tools: { computer }, source, paths, input }) => {
    const { key } = input;
    if (key === undefined && (await isBuilt(paths))) return "the disk is built";
    if ((await computer.run("gpg", ["--version"])) === undefined) {
      if (key === undefined) return onlySum(NO_GPG);
      throw new AlpineK8sError("prerequisite", `--key: ${NO_GPG}`, {
        hints: ["install GnuPG (package gnupg), or leave --key out: its SHA-512 is compared in any case"],
      });
    }
    const place = signaturePlace(source);
    if (!isUrl(place) && !(await exists(place))) {
      if (key === undefined) return onlySum(`there is no ${place}`);
      throw noSignature(`there is no ${place}`);
    }
    return [overall("signature", `compare it with its signature, ${shown(place)}`)];
  },
  run: async ({ all, paths, source, sha512, http, input, progress }, items) => {
    if (items.length === 0) return;
    const image = basePath(all.bases, sha512);
    try {
      progress.info(`image: ${await checkSignature({ source, image, key: input.key, work: all.signature, http })}`);
    } finally {
      // What was built of a refused image goes with it.
      if (!(await exists(image))) await rm(paths.folder, { recursive: true, force: true });
    }
  },
};
