// A failing API: `answers-503.js CERTIFICATE KEY PORT` answers every request over https with 503, in the words of a real
// API.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const [cert, key, port] = process.argv.slice(2);
const status = {
  ...{ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", code: 503 },
  ...{ reason: "ServiceUnavailable", message: "the server is currently unable to handle the request" },
};

createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_, response) => {
  response.writeHead(503, { "content-type": "application/json" }).end(JSON.stringify(status));
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));
