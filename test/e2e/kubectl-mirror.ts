import { start, waitFor } from "./bench.js";

/** A mirror inside the bench with the bench's kubectl under the cluster's version, which it says when asked. */
export async function serveKubectl(): Promise<{ kill(): void }> {
  const server = start("bash", ["practice/bench/bench.sh", "exec", "--", "node", "-e", MIRROR]);
  await waitFor(() => server.output().includes("ready"), 30_000);
  return server.child;
}

const MIRROR = `
const { createHash } = require("node:crypto");
const { execFileSync } = require("node:child_process");
const real = execFileSync("sh", ["-c", "command -v kubectl"], { encoding: "utf8" }).trim();
const program = \`#!/bin/sh
if [ "$*" = "version --client -o json" ]; then
  echo '{ "clientVersion": { "gitVersion": "v1.36.1" } }'
else
  exec \${real} "$@"
fi
\`;
const path = "/release/v1.36.1/bin/linux/amd64/kubectl";
const files = { [path]: program, [path + ".sha256"]: createHash("sha256").update(program).digest("hex") };
require("node:http")
  .createServer((request, response) => {
    const file = files[request.url];
    response.writeHead(file ? 200 : 404).end(file);
  })
  .listen(8901, "127.0.0.1", () => console.log("ready"));
`;
