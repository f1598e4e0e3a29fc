import { startInBench } from "./bench.js";
import { waitFor } from "./programs.js";

/** The URL of {@link serveKubectl} inside the bench. */
export const MIRROR_URL = "http://127.0.0.1:8901";

/** A mirror inside the bench that serves the bench's kubectl under the version that this kubectl reports. */
export async function serveKubectl(): Promise<{ kill(): void }> {
  const server = startInBench(["node", "-e", MIRROR]);
  await waitFor("the mirror listens", () => server.output().includes("ready"), 30_000);
  return server.child;
}

const MIRROR = `
const { createHash } = require("node:crypto");
const { execFileSync } = require("node:child_process");
const { readFileSync } = require("node:fs");
const { clientVersion } = JSON.parse(execFileSync("kubectl", ["version", "--client", "-o", "json"]));
const program = readFileSync(execFileSync("sh", ["-c", "command -v kubectl"], { encoding: "utf8" }).trim());
const path = "/release/" + clientVersion.gitVersion + "/bin/linux/amd64/kubectl";
const files = { [path]: program, [path + ".sha256"]: createHash("sha256").update(program).digest("hex") };
require("node:http")
  .createServer((request, response) => {
    const file = files[request.url];
    response.writeHead(file ? 200 : 404).end(file);
  })
  .listen(8901, "127.0.0.1", () => console.log("ready"));
`;
