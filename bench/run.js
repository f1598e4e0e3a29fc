// Measures what can be measured without machines; see README.md. Usage: node bench/run.js [--root FOLDER] [--times N]
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { markdownTable, measure, row } from "./measure.js";
import { startSshServer } from "./ssh-server.js";

const { values } = parseArgs({ options: { root: { type: "string" }, times: { type: "string", default: "15" } } });
const root = resolve(values.root ?? join(import.meta.dirname, ".."));
const times = Number(values.times);
if (!Number.isInteger(times) || times < 1) fail(2, `--times ${values.times}: a number above 0 is wanted`);
if (!existsSync(join(root, "dist"))) fail(3, `${root} has no dist; try: npm run build`);
const hasBusyBox = spawnSync("busybox", ["true"]).status === 0;

/** shared.sh looks at a node that is none: what counts is the time, not what it finds. */
const variables = {
  ...{ AK8S_MODE: "check", AK8S_NODE_NAME: "master1", AK8S_NODE_FQDN: "master1.example.com", AK8S_ROLE: "master" },
  ...{ AK8S_NODE_ADDRESS: "10.250.250.2", AK8S_NODE_PREFIX: "24", AK8S_ADDRESS_OWNER: "vagrant" },
  ...{ AK8S_ENDPOINT_NAME: "api.demo.example.com", AK8S_ENDPOINT_ADDRESS: "10.250.250.2" },
  ...{ AK8S_KUBERNETES_VERSION: "v1.36.1", AK8S_CLOCK_EPOCH: "" },
  ...{ AK8S_CA_HASH: `sha256:${"a".repeat(64)}`, AK8S_CA_FINGERPRINT: "b".repeat(64) },
};
const sharedScript = join(root, "templates/node/shared.sh");
const scratch = mkdtempSync(join(tmpdir(), "alpine-k8s-bench-"));
const rows = [];
const notes = [];

try {
  await beforehand();
  if (hasBusyBox) {
    await checkMode();
    await overSsh();
  } else notes.push("shared.sh and ssh were not measured: there is no busybox on PATH.");
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
const load = loadavg()[0].toFixed(1);
console.log(`${cpus().length} cores (${cpus()[0].model}), load ${load}, Node ${process.version}, milliseconds\n`);
console.log(markdownTable(["what", "runs", "median", "middle half", "extremes"], rows));
for (const note of notes) console.log(`\n${note}`);

/** What `up` asks of this computer before it makes a new cluster; whatever it finds here. */
async function beforehand() {
  const names = ["operations/doctor/run-checks", "base/local-system", "base/paths", "model/spec/parse-spec"];
  if (!existsSync(join(root, "dist/operations/doctor"))) {
    notes.push("The quick part of doctor was not measured: this copy has none.");
    return;
  }
  const [{ lookBeforehand }, { localSystem }, { clusterPaths }, { parseSpec }] = await Promise.all(
    names.map((name) => import(pathToFileURL(join(root, "dist", `${name}.js`)).href)),
  );
  const spec = parseSpec({ text: undefined, source: "alpine-k8s.yaml", folderName: "demo", overrides: {} });
  const subject = {
    ...{ computer: localSystem(), paths: clusterPaths(scratch), spec, identity: undefined },
    ...{ vagrantProvider: "libvirt", made: new Set() },
  };
  rows.push(row("doctor: the part that up runs", await measure(times, () => lookBeforehand(subject))));
}

async function checkMode() {
  const env = { PATH: process.env.PATH, ...variables };
  const taken = await measure(times, () => {
    const { status, stdout, stderr } = spawnSync("busybox", ["ash", sharedScript], { env, cwd: scratch });
    if (!String(stdout).includes("@alpine-k8s {")) throw new Error(`shared.sh ended with ${status}: ${stderr}`);
  });
  rows.push(row("shared.sh, check mode, this computer's ash", taken));
}

async function overSsh() {
  const load = (path) => import(pathToFileURL(join(root, "dist", path)).href);
  const [{ connectSsh }, { openHostKeys }, { createSshKeyPair }, { observeNode }] = await Promise.all(
    ["remote/connect-ssh.js", "remote/host-keys.js", "remote/key-pair.js", "alpine/node-commands.js"].map(load),
  );
  const server = await startSshServer(createSshKeyPair("host").privateKey);
  const hostKeys = openHostKeys(join(scratch, "known_hosts"), () => undefined);
  const { privateKey } = createSshKeyPair("user");
  const target = {
    ...{ name: "master1", address: "127.0.0.1", port: server.port, user: "root", become: "none" },
    ...{ privateKeys: [privateKey], hostKey: "" },
  };
  const connect = () => connectSsh(target, { hostKeys, log: () => undefined, connectTimeout: 15_000 });
  const host = await connect();
  try {
    rows.push(row("ssh: connect and close", await measure(times, async () => (await connect()).close())));
    const command = { name: "true", script: "true", readOnly: true, timeout: 60_000 };
    rows.push(row("ssh: one command, connected", await measure(times, () => host.run(command))));
    const script = readFileSync(sharedScript, "utf8");
    rows.push(row("ssh: facts of a node, connected", await measure(times, () => observeNode(host, script, variables))));
    const before = server.bytes();
    await observeNode(host, script, variables);
    const sent = server.bytes() - before;
    notes.push(`One look at a node sends ${sent} bytes; shared.sh alone has ${Buffer.byteLength(script)}.`);
  } finally {
    await host.close();
    server.close();
  }
}

function fail(code, message) {
  console.error(`Error: ${message}`);
  process.exit(code);
}
