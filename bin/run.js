#!/usr/bin/env node
// The first file that runs, on any Node: no import and no new syntax, so that an old Node can read it and say what it is.
var needed = [22, 22];
var found = process.versions.node.split(".").map(Number);

if (found[0] > needed[0] || (found[0] === needed[0] && found[1] >= needed[1])) {
  import("./main.js");
} else {
  console.error(
    "Error: alpine-k8s needs Node.js " +
      needed.join(".") +
      " or newer, and this is " +
      process.versions.node +
      ": install a newer one from https://nodejs.org (in a checkout of alpine-k8s, after npm ci: npx node bin/run.js)",
  );
  process.exitCode = 3;
}
