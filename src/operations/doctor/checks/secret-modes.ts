import { chmod } from "node:fs/promises";
import { join, relative } from "node:path";
import { SECRET_FOLDER_MODE, SECRET_MODE } from "../../../base/files.js";
import { failed, ok, type QuickCheck, skipped } from "../check.js";
import type { QuickSubject } from "../subject.js";

/** Files with secrets, and logs of nodes, are readable by their owner only, and nobody else may exchange them. */
export const secretModes: QuickCheck = {
  id: "secret-modes",
  on: "the folder",
  weight: "error",
  inUp: "warn",
  look: async (subject) => {
    const { computer, paths } = subject;
    if (computer.platform === "win32") return skipped("Windows has no such modes; the folder's access list counts");
    const files = await secretFiles(subject);
    const wanted = [
      { file: paths.state, right: SECRET_FOLDER_MODE },
      ...files.map((file) => ({ file, right: SECRET_MODE })),
    ];
    const modes = await Promise.all(
      wanted.map(async (one) => ({ ...one, mode: (await computer.mode(one.file)) ?? 0 })),
    );
    const open = modes.filter(({ mode }) => (mode & 0o077) !== 0);
    if (files.length === 0) return skipped("there are none yet");
    if (open.length === 0) return ok(`${files.length} file(s), none that others can read`);
    const name = (file: string): string => relative(paths.folder, file);
    const list = open.map(({ file, mode }) => `${name(file)} (${(mode & 0o777).toString(8).padStart(4, "0")})`);
    return failed(`others can read ${list.join(", ")}`, "alpine-k8s doctor --fix", {
      fix: {
        run: async () => {
          for (const { file, right } of open) await chmod(file, right);
          const made = [SECRET_MODE, SECRET_FOLDER_MODE].map((right) => {
            const names = open.filter((one) => one.right === right).map(({ file }) => name(file));
            return names.length === 0 ? [] : [`made 0${right.toString(8)}: ${names.join(", ")}`];
          });
          return made.flat().join("; ");
        },
      },
    });
  },
};

async function secretFiles({ computer, paths }: QuickSubject): Promise<readonly string[]> {
  const runs = await computer.list(paths.logs);
  const logs = await Promise.all(
    runs.map(async (run) => (await computer.list(join(paths.logs, run))).map((name) => join(paths.logs, run, name))),
  );
  const pems = (await computer.list(paths.servingPems)).map((name) => join(paths.servingPems, name));
  const { token, adminConfig, caKey, sshKey, proxies } = paths;
  const all = [token, adminConfig, caKey, sshKey, proxies.http, proxies.https, ...pems, ...logs.flat()];
  return all.filter((file) => computer.exists(file));
}
