import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { FakeNode } from "./node.js";
import { kubeadmCalls } from "./node.js";
import { minionVariables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { fitNode } = useNodes();

/** Puts a program of the test's own before BusyBox's of the same name. */
function put(node: FakeNode, name: string, text: string): void {
  node.write(`/fake/bin/${name}`, `#!/bin/dash\n${text}`, 0o755);
  node.write("/fake/prelude", `${node.read("/fake/prelude")}${name}() { /fake/bin/${name} "$@"; }\n`);
}

function leftovers(node: FakeNode): readonly string[] {
  return readdirSync(`${node.root}/run`).filter((name) => name.startsWith("alpine-k8s"));
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test("a script that is ended in the moment in which kubeadm starts, in a session of its own, starts none", async () => {
  const node = await fitNode();
  put(
    node,
    "setsid",
    `exec /bin/setsid /bin/dash -c ': >/fake/held; while [ ! -e /fake/go ]; do /bin/sleep 0.01; done; "$@"; : >/fake/gone' _ "$@"`,
  );
  const { pid, finished } = node.launch("minion", minionVariables);
  await until(() => node.has("/fake/held"));
  process.kill(-pid, "SIGTERM");
  const run = finished.then((ended) => ended.result.failed);
  await until(() => leftovers(node).length === 0);
  node.write("/fake/go", "");
  expect(await run).toEqual(["minion.sh: ended early with code 143"]);
  await until(() => node.has("/fake/gone"));
  expect(kubeadmCalls(node)).toEqual([]);
  expect(leftovers(node)).toEqual([]);
});

// A shell that has just forked loses a signal now and then, so that the script's own shell alone may get it.
test("a script whose subshells do not get the signal ends kubeadm, and does not wait for it", async () => {
  const node = await fitNode();
  node.fake("hang");
  const { pid, finished } = node.launch("minion", minionVariables);
  await until(() => node.has("/fake/hanging"));
  const shell = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  process.kill(Number(shell), "SIGTERM");
  // Its subshells may have a word after its last line, which is then no result.
  const said = await finished.then(({ stdout, stderr }) => stdout + stderr, String);
  expect(said.split("\n").find((line) => line.startsWith("@alpine-k8s "))).toBe(
    '@alpine-k8s {"script":"minion","changed":["kubelet-enabled"],"present":[],"warnings":[],' +
      '"failed":["minion.sh: ended early with code 143"]}',
  );
  expect(said).toContain("alpine-k8s: minion.sh: ended early with code 143\n");
  expect(leftovers(node)).toEqual([]);
  expect(node.sh("ps | grep '[k]ubeadm.yaml' || echo none")).toBe("none\n");
});

test("a file that comes into the folder while it is removed goes with it", async () => {
  const node = await fitNode();
  node.fake("hang");
  put(
    node,
    "rm",
    `case "$1 $2" in
  '-rf /run/alpine-k8s.'*)
    if [ ! -e /fake/late ]; then
      : >/fake/late
      /bin/busybox rm -rf "$2"/*
      : >"$2/pid"
      exec /bin/busybox rmdir "$2"
    fi ;;
esac
exec /bin/busybox rm "$@"`,
  );
  const { pid, finished } = node.launch("minion", minionVariables);
  await until(() => node.has("/fake/hanging"));
  process.kill(-pid, "SIGTERM");
  const run = await finished;
  expect(run.stderr.replaceAll("Terminated\n", "").trim()).toBe("alpine-k8s: minion.sh: ended early with code 143");
  expect(node.has("/fake/late")).toBe(true);
  expect(leftovers(node)).toEqual([]);
});

test("a script that is ended in the moment in which its folder is made leaves none", async () => {
  const node = await fitNode();
  put(
    node,
    "mkdir",
    `/bin/busybox mkdir "$@" || exit
case "$*" in *' /run/alpine-k8s.'*) : >/fake/made; while [ ! -e /fake/go ]; do /bin/sleep 0.01; done ;; esac`,
  );
  const { pid, finished } = node.launch("minion", minionVariables);
  await until(() => node.has("/fake/made"));
  process.kill(-pid, "SIGTERM");
  node.write("/fake/go", "");
  expect((await finished).result.failed).toEqual(["minion.sh: ended early with code 143"]);
  expect(leftovers(node)).toEqual([]);
});
