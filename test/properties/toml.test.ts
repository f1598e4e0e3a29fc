import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, it } from "vitest";
import { quoteSh } from "../../src/base/quote.js";
import { allRight, casesOf } from "./cases.js";
import { anyConfig } from "./containerd-config.js";
import { printedBy } from "./programs.js";

const PART = join(import.meta.dirname, "../../templates/node/parts/runtime-config.sh");

const cases = casesOf(anyConfig);
const folder = mkdtempSync(join(tmpdir(), "containerd-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Shells at once: each mostly waits for the awk that it has started. */
const SHELLS = 4;

/** Changes each file as a node does, in shells of BusyBox. */
async function change(): Promise<void> {
  mkdirSync(join(folder, "bin"));
  const busybox = (await printedBy("sh", ["-c", "command -v busybox"], "")).toString("utf8").trim();
  symlinkSync(busybox, join(folder, "bin/awk"));
  const each = cases.map(({ value: { text, image, container } }, index) => {
    writeFileSync(join(folder, `${index}.toml`), text);
    return `one ${index} ${quoteSh(image)} ${quoteSh(container)}`;
  });
  const one = `one() {
    pause=$2 container=$3
    read_config $1.toml
    case $config_place in key) insert='' ;; section) insert=key ;; *) insert=section ;; esac
    toml make $1.toml "$insert" "$config_restrict" >$1.made
  }`;
  const start = `set -eu\ncd ${quoteSh(folder)}\nPATH=$PWD/bin\n. ${quoteSh(PART)}\n${one}\n`;
  const shares = Array.from({ length: SHELLS }, (_, share) => each.filter((_, index) => index % SHELLS === share));
  await Promise.all(shares.map((lines) => printedBy(busybox, ["ash"], `${start}${lines.join("\n")}\n`)));
}

/** What Python reads in the files that were made, in their order; a text where one is not TOML. */
async function read(): Promise<readonly unknown[]> {
  const script = `import json, tomllib
def read(name):
    try:
        with open(name, "rb") as file:
            return tomllib.load(file)
    except ValueError as error:
        return str(error)
print(json.dumps([read(f"${folder}/{index}.made") for index in range(${cases.length})]))
`;
  return JSON.parse((await printedBy("python3", ["-"], script)).toString("utf8")) as readonly unknown[];
}

const OURS = /^\s*(sandbox|sandbox_image|restrict_oom_score_adj|SystemdCgroup|systemd_cgroup|disabled_plugins) = /;

/** The first line that is not ours and that is missing, or stands elsewhere. */
function lost(before: string, after: string): string | undefined {
  const made = after.split("\n");
  let at = 0;
  return before.split("\n").find((line, index, all) => {
    if (OURS.test(line) || (index === all.length - 1 && line === "")) return false;
    at = made.indexOf(line, at) + 1;
    return at === 0;
  });
}

it("containerd's file, in any order and with any comments, gets what a node needs, and is else as it was", async () => {
  await change();
  const data = await read();
  await allRight(cases, ({ text, wanted }, index) => {
    const made = readFileSync(join(folder, `${index}.made`), "utf8");
    if (!isDeepStrictEqual(data[index], wanted)) return `${made}\nis read as ${JSON.stringify(data[index])}`;
    const line = lost(text, made);
    return line === undefined ? undefined : `lost the line ${JSON.stringify(line)} in\n${made}`;
  });
});
