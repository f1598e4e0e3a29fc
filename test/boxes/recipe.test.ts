import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { silentProgress } from "../../src/base/progress.js";
import { buildKey } from "../../src/boxes/build-record.js";
import { readRecipe } from "../../src/boxes/recipe.js";
import { isWithin } from "../../src/model/versions/kubernetes.js";
import { ALPINE, KUBERNETES, RUNTIMES } from "../../src/model/versions/table.js";
import { planBuildBox } from "../../src/operations/box/build.js";
import { boxRequest } from "../../src/operations/box/request.js";
import { fakeComputer } from "../fakes/fake-computer.js";
import { RecipeRoot } from "./recipe-root.js";

const RECIPE = fileURLToPath(new URL("../../boxes/recipe", import.meta.url));
const EXAMPLE = fileURLToPath(new URL("../../examples/own-recipe", import.meta.url));
const PRACTICE = new URL("../../practice/box/root/usr/share/practice/calls.txt", import.meta.url);
const text = (folder: string, name: string): string => readFileSync(join(folder, name), "utf8");

/** The version of a minor that Alpine has, or its first one. */
function versionOf(minor: number): string {
  const packaged = ALPINE.flatMap(({ kubernetes }) => kubernetes?.versions ?? []);
  return `v${packaged.find((version) => new RegExp(`^1\\.${minor}\\.\\d+$`).test(version)) ?? `1.${minor}.0`}`;
}

const rows = RUNTIMES.filter(({ missing }) => missing.length === 0).flatMap((runtime) =>
  KUBERNETES.filter(({ minor }) => isWithin(minor, runtime.minors)).map(({ minor }) => ({ runtime, minor })),
);

describe("the recipe's packages", () => {
  function added(runtime: string, kubernetes: string): readonly string[] {
    const root = new RecipeRoot();
    root.run(text(RECIPE, "20-packages.sh"), { BOX_RUNTIME: runtime, BOX_KUBERNETES: kubernetes });
    const [upgrade, add, ...others] = root.calls();
    expect([upgrade, others]).toEqual(["apk upgrade", []]);
    return (add ?? "").split(" ");
  }

  it("of each runtime with each minor are those of the golden file, and of the table of versions", async () => {
    const lines = rows.map(({ runtime, minor }) => {
      const words = added(runtime.name, versionOf(minor));
      const ofRuntime = words.slice(
        2,
        words.findIndex((word) => word.startsWith("kubeadm=")),
      );
      // kubeadm's package needs cri-tools, whatever the runtime.
      expect(new Set([...runtime.packages, "cri-tools"])).toEqual(new Set(ofRuntime));
      return `${runtime.name} 1.${minor}: ${words.join(" ")}\n`;
    });
    await expect(lines.join("")).toMatchFileSnapshot("../golden/boxes/packages.txt");
  });

  it("are what the practice image's apk was told about", () => {
    const told = readFileSync(PRACTICE, "utf8").split("\n");
    expect(told).toContain(added("containerd", "v1.20.2").join(" "));
  });

  it("of an unknown runtime are refused", () => {
    expect(() => added("podman", "v1.36.1")).toThrow("BOX_RUNTIME is podman: containerd, crio or docker is wanted");
  });
});

describe("the recipe's runtime", () => {
  it.each(["containerd", "crio", "docker"])(
    "%s starts at boot by the service that its package brings, also when the scripts run twice",
    async (runtime) => {
      const root = new RecipeRoot();
      const variables = { BOX_RUNTIME: runtime, BOX_KUBERNETES: "v1.36.1" };
      root.run(text(RECIPE, "20-packages.sh"), variables);
      root.run(text(RECIPE, "30-runtime.sh"), variables);
      const made = root.made();
      await expect(`${made.join("\n")}\n`).toMatchFileSnapshot(`../golden/boxes/runtime-${runtime}.txt`);
      root.run(text(RECIPE, "30-runtime.sh"), variables);
      expect(root.made()).toEqual(made);
    },
  );
});

describe("a recipe of one's own", () => {
  const TYPED = {
    ...{ alpine: "3.24", kubernetes: "v1.36.1", runtime: "containerd", provider: "libvirt", architecture: "x86_64" },
    ...{ preload: false, add: false },
  };
  let folder: string;
  let own: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "alpine-k8s-own-recipe-"));
    own = join(folder, "recipe");
    // As docs/boxes.md says it.
    cpSync(RECIPE, own, { recursive: true });
    cpSync(EXAMPLE, own, { recursive: true });
  });

  it("is the example over a copy of ours: one script replaced, one more", async () => {
    const names = readdirSync(EXAMPLE).sort();
    expect(names).toEqual(["20-packages.sh", "35-storage.sh"]);
    const { scripts } = await readRecipe(own);
    const ours = (await readRecipe(RECIPE)).scripts;
    expect(scripts.map(({ name }) => name)).toEqual([...ours.map(({ name }) => name), "35-storage.sh"].sort());
    for (const name of names) expect(scripts).toContainEqual({ name, text: text(EXAMPLE, name) });
  });

  it("runs on an Alpine, and changes nothing the second time", () => {
    const root = new RecipeRoot();
    const variables = { BOX_RUNTIME: "containerd", BOX_KUBERNETES: "v1.36.1" };
    const names = ["20-packages.sh", "30-runtime.sh", "35-storage.sh"];
    for (const name of [...names, ...names]) root.run(text(own, name), variables);
    expect(root.made()).toContain("default containerd");
    expect(root.read("etc/modules-load.d/storage.conf")).toBe("nfs\n");
    expect(root.read("etc/apk/repositories").split("\n")).toEqual([
      ...["https://dl-cdn.alpinelinux.org/alpine/v3.24/main", "https://packages.example.com/alpine", ""],
    ]);
    expect(root.calls()).toContain("apk add nfs-utils");
  });

  it("is taken by a dry run, which counts its scripts, and its sum is part of the build's key", async () => {
    const image = join(folder, "alpine.qcow2");
    writeFileSync(image, "QFI\xfb");
    const sha512 = createHash("sha512").update(readFileSync(image)).digest("hex");
    const programs = {
      ...{
        "qemu-system-x86_64 --version": "QEMU emulator version 7.2.0\n",
        "qemu-img --version": "qemu-img version 7.2.0\n",
      },
      "gpg --version": undefined,
    };
    const computer = fakeComputer({ programs, env: { XDG_CACHE_HOME: folder } });
    const asked = boxRequest({ ...TYPED, recipe: own, base: image, sha512 });
    const signal = new AbortController().signal;
    const plan = await planBuildBox({
      ...asked,
      folder,
      progress: silentProgress,
      signal,
      tools: { computer } as never,
    });
    const items = plan.steps.flatMap((step) => step.items.map((item) => item.text));
    const { scripts, sum } = await readRecipe(own);
    expect(items).toEqual([
      `get ${image} and compare its SHA-512`,
      `boot Alpine 3.24 under QEMU and run the ${scripts.length} scripts: some minutes`,
      "pack the box for libvirt",
    ]);
    expect(readdirSync(folder).sort()).toEqual(["alpine.qcow2", "recipe"]);
    const ours = await readRecipe(RECIPE);
    const key = (recipe: string): string => buildKey({ ...asked.request, sha512, recipe });
    expect(key(sum)).not.toBe(key(ours.sum));
  });
});
