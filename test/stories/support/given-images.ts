import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { inBench } from "./bench.js";
import { NODE_IMAGE } from "./container.js";
import { expectDone, quote } from "./programs.js";

const CACHE = process.env["ALPINE_K8S_PRACTICE_CACHE"] ?? "/var/cache/alpine-k8s-practice";

/** The images of the practice cluster as practice/images has made them last: an OCI layout. */
function imageLayout(): string {
  const made = readdirSync(CACHE)
    .filter((name) => /^images-[0-9a-f]+$/.test(name))
    .map((name) => join(CACHE, name))
    .sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
  const [newest] = made;
  if (newest === undefined) throw new Error(`no images in ${CACHE}`);
  return newest;
}

/** Puts the images of the practice cluster into the containers of a cluster, as a registry would, which is not here. */
export async function giveImages(cluster: string): Promise<void> {
  const listed = await inBench("docker", "ps", "--filter", `name=^${cluster}-`, "--format", "{{.Names}}");
  const containers = listed.stdout.split("\n").filter((name) => name !== "");
  if (containers.length === 0) throw new Error(`no container of ${cluster} runs`);
  const donor = `images-for-${cluster}`;
  await inBench("docker", "rm", "--force", donor);
  expectDone(await inBench("docker", "create", "--name", donor, NODE_IMAGE, "/sbin/init"));
  for (const container of containers) {
    const importing = `ctr -n k8s.io images import -`;
    const words = [
      `docker cp ${donor}:/usr/bin/ctr - | docker cp - ${container}:/usr/bin/`,
      `tar -C ${quote(imageLayout())} -cf - . | docker exec -i ${container} ${importing}`,
      `docker exec ${container} rm /usr/bin/ctr`,
    ];
    expectDone(await inBench("bash", "-c", `set -eo pipefail; ${words.join("; ")}`));
  }
  expectDone(await inBench("docker", "rm", donor));
}
