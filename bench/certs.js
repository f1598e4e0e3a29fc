// How long `certs renew` takes, and for how long the API is away meanwhile, to a client that asks every master 10 times a
// second; see README.md. Usage: node bench/certs.js --dir FOLDER [--root FOLDER] [--times N]
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { get } from "node:https";
import { cpus, loadavg } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { markdownTable } from "./measure.js";

const EVERY = 100;
/** Milliseconds in which an API that is well answers. */
const PATIENCE = 1000;

const { values } = parseArgs({
  options: { dir: { type: "string" }, root: { type: "string" }, times: { type: "string", default: "2" } },
});
if (values.dir === undefined) fail("--dir: the folder of a running cluster is wanted");
const times = Number(values.times);
if (!Number.isInteger(times) || times < 1) fail(`--times ${values.times}: a number above 0 is wanted`);
const folder = resolve(values.dir);
const program = join(resolve(values.root ?? join(import.meta.dirname, "..")), "bin/run.js");
const ca = readFileSync(join(folder, ".alpine-k8s/pki/ca.crt"));
const masters = JSON.parse(await alpineK8s("status", "-o", "json")).nodes.filter(({ role }) => role === "master");
const rows = [];

for (let run = 1; run <= times; run += 1) {
  const watch = watchApi();
  // The API is seen before and after, too.
  await sleep(1000);
  const started = performance.now();
  await alpineK8s("certs", "renew");
  const ended = performance.now();
  const listed = await untilListedReady();
  const { all, longest } = watch.end();
  rows.push([String(run), seconds(ended - started), seconds(all), seconds(longest), seconds(listed - ended)]);
}
const header = [
  "renewal",
  "in all",
  "no API at all",
  "longest without one master's",
  "until kubectl shows all as ready",
];
console.log(`${masters.length} master(s), ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, seconds\n`);
console.log(markdownTable(header, rows));

/** Asks each master for /readyz on a new connection each time, until `end`, which tells for how long nobody answered. */
function watchApi() {
  const answered = masters.map(() => performance.now());
  let newest = performance.now();
  let [all, longest] = [0, 0];
  const timer = setInterval(() => {
    for (const [index, { address }] of masters.entries()) {
      const asked = performance.now();
      void isReady(address).then((ready) => {
        if (!ready) return;
        const gap = (since) => Math.max(0, asked - since - EVERY);
        // A timer that comes late is not the API's fault: gaps count from half a second.
        if (gap(newest) > 500) all += gap(newest);
        if (gap(answered[index]) > 500) longest = Math.max(longest, gap(answered[index]));
        newest = Math.max(newest, asked);
        answered[index] = Math.max(answered[index], asked);
      });
    }
  }, EVERY);
  return {
    end: () => {
      clearInterval(timer);
      return { all, longest };
    },
  };
}

function isReady(address) {
  return new Promise((resolve) => {
    // The certificate has the names of its own master, and the address.
    const options = { host: address, port: 6443, path: "/readyz", ca, agent: false, timeout: PATIENCE };
    const request = get(options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}

/** When the pods of the control plane are ready, as kubectl lists them. */
async function untilListedReady() {
  const words = ["get", "pods", "-n", "kube-system", "-l", "tier=control-plane", "-o", "json"];
  for (;;) {
    const { items } = JSON.parse(await alpineK8s("kubectl", "--", ...words));
    const isReady = ({ status }) => status.containerStatuses?.every(({ ready }) => ready) ?? false;
    if (items.length === 4 * masters.length && items.every(isReady)) return performance.now();
    await sleep(500);
  }
}

/** Runs alpine-k8s on the folder and gives what it prints. Not synchronously: the API is asked meanwhile. */
function alpineK8s(...words) {
  const at = words.includes("--") ? words.indexOf("--") : words.length;
  const child = spawn(process.execPath, [program, ...words.slice(0, at), "--dir", folder, ...words.slice(at)]);
  let [output, errors] = ["", ""];
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (errors += chunk));
  return new Promise((resolve) => {
    child.on("close", (code) => {
      if (code !== 0) fail(`${words.join(" ")} ended with ${code}: ${errors}`);
      resolve(output);
    });
  });
}

function seconds(milliseconds) {
  return (milliseconds / 1000).toFixed(1);
}

function fail(message) {
  console.error(`Error: ${message}`);
  process.exit(1);
}
