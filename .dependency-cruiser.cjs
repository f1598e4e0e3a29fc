// Imports go only downward: commands -> cli -> operations -> engine and its neighbours -> tools -> model -> base. See
// docs/architecture.md.
const base = ["base/"];
const model = ["model/", ...base];
const tools = [
  "access/",
  "addons/",
  "alpine/",
  "kube/",
  "kubeconfig/",
  "kubectl/",
  "pki/",
  "remote/",
  "templates/",
  "vagrant/",
];
const boxes = ["boxes/"];
const middle = ["control-plane/", "nodes/", "engine/", "machines/"];

/** Files of `from` import, besides each other, only what `allowed` names. */
const only = (from, allowed) => ({
  name: `${from.replace(/\W+$/, "")}-imports`,
  severity: "error",
  comment: `src/${from} may import only ${allowed.join(", ") || "packages"}`,
  from: { path: `^src/${from}` },
  to: { path: "^src/", pathNot: [`^src/${from}`, ...allowed.map((name) => `^src/${name}`)] },
});

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "no-orphans", severity: "error", from: { orphan: true, path: "^src/", pathNot: "^src/commands/" }, to: {} },
    {
      name: "steps-apart",
      severity: "error",
      from: { path: "^src/operations/up/steps/([^/]+)\\.ts$" },
      to: { path: "^src/operations/up/steps/", pathNot: "^src/operations/up/steps/$1" },
    },
    only("commands/", ["cli/", "operations/", "model/spec/", ...base]),
    only("cli/", ["operations/", ...middle, ...boxes, ...tools, ...model]),
    only("operations/", [...middle, ...boxes, ...tools, "http/", ...model]),
    only("control-plane/", ["nodes/", "engine/", "machines/", ...tools, ...model]),
    only("nodes/", ["engine/", "machines/", ...tools, ...model]),
    only("engine/", ["machines/", ...tools, ...model]),
    only("machines/", [...tools, ...model]),
    only("boxes/", ["remote/", "http/", ...model]),
    only("vagrant/", ["templates/", ...model]),
    only("access/", ["kube/", ...base]),
    only("alpine/", ["remote/", ...model]),
    only("addons/", ["http/", "kube/", "templates/", ...model]),
    only("kubectl/", ["http/", ...model]),
    only("http/", base),
    only("kube/", ["remote/", ...base]),
    only("kubeconfig/", base),
    only("pki/", base),
    only("remote/", base),
    only("templates/", model),
    only("model/kubeadm/", ["model/topology/", "model/spec/", "model/versions/", "base/errors"]),
    only("model/topology/", ["model/spec/", "base/errors"]),
    only("model/spec/", [
      "model/token/",
      "model/versions/",
      "base/errors",
      "base/hide-logins",
      "base/lazy-package",
      "base/printable",
    ]),
    only("model/versions/", ["base/errors"]),
    only("model/token/", ["base/errors"]),
    only("base/", []),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
