// Servers outside the bench: `outside-server.js FOLDER ADDRESS` serves FOLDER/files/HOST/PATH over https, with the
// certificate in FOLDER. FOLDER/manner says how: good, busy (503), cut (half a file, then the connection breaks), silent
// (half a file, then nothing) or slow (a file in twelve pieces, two seconds apart). Prints a line for each request.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const [folder, address] = process.argv.slice(2);
const PIECES = 12;
const BETWEEN = 2000;

const MANNERS = {
  good: (file, response) => response.end(file),
  busy: (_, response) => response.end("try later"),
  cut: (file, response) => response.write(half(file), () => response.socket.destroy()),
  silent: (file, response) => response.write(half(file)),
  slow: async (file, response) => {
    const size = Math.ceil(file.length / PIECES);
    for (let at = 0; at < file.length; at += size) {
      response.write(file.subarray(at, at + size));
      await sleep(BETWEEN);
    }
    response.end();
  },
};

function half(file) {
  return file.subarray(0, file.length / 2);
}

function find(host, path) {
  try {
    return readFileSync(join(folder, "files", host, path.endsWith("/") ? "index" : path));
  } catch {
    return undefined;
  }
}

/** A registry must give a manifest its media type. */
function typeOf(path) {
  return path.includes("/manifests/")
    ? "application/vnd.docker.distribution.manifest.v2+json"
    : "application/octet-stream";
}

const tls = { key: readFileSync(join(folder, "server.key")), cert: readFileSync(join(folder, "server.crt")) };
createServer(tls, (request, response) => {
  const host = request.headers.host ?? "";
  const { pathname } = new URL(request.url ?? "/", "https://outside");
  // The first request to a registry is for no file: it only checks the API.
  const manner = pathname === "/v2/" ? "good" : readFileSync(join(folder, "manner"), "utf8").trim();
  const file = find(host, pathname);
  console.log(`${request.socket.remoteAddress} ${request.method} ${host}${pathname} ${file ? manner : "missing"}`);
  if (file === undefined) return response.writeHead(404).end();
  const headers = { "content-type": typeOf(pathname), "content-length": String(file.length) };
  if (manner === "busy") response.writeHead(503);
  else response.writeHead(200, headers);
  if (request.method === "HEAD") return response.end();
  return MANNERS[manner](file, response);
}).listen(443, address, () => console.log("ready"));
