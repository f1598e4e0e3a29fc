// Loaded into alpine-k8s by `node --import`: kills it with SIGKILL just as it sends the object to the API that KILL_AT_APPLY
// counts to, from 1; those before it are applied.
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";

const wanted = Number(process.env.KILL_AT_APPLY);
const { request } = https;
let seen = 0;

https.request = (url, options, ...rest) => {
  const isApply = options?.method === "PATCH" && !String(url).includes("dryRun");
  if (isApply && ++seen === wanted) process.kill(process.pid, "SIGKILL");
  return request(url, options, ...rest);
};
syncBuiltinESMExports();
