// How long `addons list` takes, and `addons enable` beside `kubectl apply` with the wait for the same workloads, on a running
// cluster whose nodes have the images; see README.md.
// Usage: node bench/addons.js --dir FOLDER --name NAME --manifest FILE [--root FOLDER] [--times N]
import { spawnSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { markdownTable, measureInTurns, median, row } from "./measure.js";

/** Milliseconds for `addons list`, and what enabling may take, as a multiple of kubectl. */
const GOALS = { list: 300, enable: 1.2 };

const { values } = parseArgs({
  options: {
    ...{ dir: { type: "string" }, name: { type: "string" }, manifest: { type: "string" } },
    ...{ root: { type: "string" }, times: { type: "string", default: "5" } },
  },
});
const { dir, name, manifest } = values;
if (dir === undefined || name === undefined || manifest === undefined)
  fail("--dir, --name and --manifest: the folder of a running cluster, a free name and a manifest are wanted");
const times = Number(values.times);
if (!Number.isInteger(times) || times < 1) fail(`--times ${values.times}: a number above 0 is wanted`);
const folder = resolve(dir);
const file = resolve(manifest);
const program = join(resolve(values.root ?? join(import.meta.dirname, "..")), "bin/run.js");

const listed = await measureInTurns(times, {
  "node -e 0": () => run(process.execPath, ["-e", "0"]),
  "addons list": () => alpineK8s("list"),
});
const workloads = workloadsOf();
const taken = { kubectl: [], enable: [] };
// The first turn is unmeasured; one way after the other, as the one takes away what the other would find.
for (let turn = 0; turn <= times; turn += 1) {
  const [byKubectl, byEnable] = [
    timed(applyAndWait),
    timed(() => alpineK8s("enable", name, "--manifest", file), remove),
  ];
  if (turn === 0) continue;
  taken.kubectl.push(byKubectl);
  taken.enable.push(byEnable);
}
for (const all of Object.values(taken)) all.sort((one, other) => one - other);

const rows = [
  row("node -e 0", listed["node -e 0"]),
  row("addons list", listed["addons list"]),
  row("kubectl apply, then rollout status", taken.kubectl),
  row("addons enable", taken.enable),
];
console.log(`${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, Node ${process.version}, milliseconds\n`);
console.log(markdownTable(["what", "runs", "median", "middle half", "extremes"], rows));
const [list, ratio] = [median(listed["addons list"]), median(taken.enable) / median(taken.kubectl)];
console.log(`\naddons list: ${(list / 1000).toFixed(2)} s; the goal is at most ${GOALS.list / 1000} s.`);
console.log(`addons enable: ${ratio.toFixed(2)} times kubectl; the goal is at most ${GOALS.enable}.`);

/** What has to become available, as `kubectl rollout status` takes it. */
function workloadsOf() {
  kubectl("apply", "-f", file);
  const format = 'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.namespace}{"\\n"}{end}';
  const all = kubectl("get", "-f", file, "-o", format).trim().split("\n");
  kubectl("delete", "-f", file);
  return all.filter((line) => /^(Deployment|DaemonSet|StatefulSet)\//.test(line)).map((line) => line.split(" "));
}

function applyAndWait() {
  kubectl("apply", "-f", file);
  for (const [workload, namespace] of workloads) kubectl("-n", namespace, "rollout", "status", workload);
}

function remove() {
  alpineK8s("disable", name, "--with-data", "--yes");
}

/** Milliseconds of the work; what it brought is taken away afterwards. */
function timed(work, clean = () => kubectl("delete", "-f", file)) {
  const started = performance.now();
  work();
  const milliseconds = performance.now() - started;
  clean();
  return milliseconds;
}

function alpineK8s(...words) {
  return run(process.execPath, [program, "addons", ...words, "--dir", folder]);
}

function kubectl(...words) {
  return run("kubectl", [`--kubeconfig=${join(folder, "admin.config")}`, ...words]);
}

function run(command, words) {
  const { status, stdout, stderr, error } = spawnSync(command, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${words.join(" ")} ended with ${status}: ${error?.message ?? stderr}`);
  return stdout;
}

function fail(message) {
  console.error(`Error: ${message}`);
  process.exit(2);
}
