// Imports go only downward: commands -> cluster -> tools -> model -> base. See docs/architecture.md.
const only = (from, allowed) => ({
  name: `${from}-imports`,
  severity: "error",
  comment: `src/${from} may import only ${allowed.join(", ") || "packages"}`,
  from: { path: `^src/${from}` },
  to: { path: "^src/", pathNot: [`^src/${from}`, ...allowed.map((name) => `^src/${name}`)] },
});

const base = ["errors", "process", "progress", "wait", "paths", "files"];

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "no-orphans", severity: "error", from: { orphan: true, path: "^src/", pathNot: "^src/commands/" }, to: {} },
    {
      name: "steps-apart",
      severity: "error",
      from: { path: "^src/cluster/steps/([^/]+)\\.ts$" },
      to: { path: "^src/cluster/steps/", pathNot: "^src/cluster/steps/$1" },
    },
    only("commands", ["cli", "cluster", "spec", ...base]),
    only("cli", ["cluster", "spec", ...base]),
    only("cluster", [
      "addons",
      "alpine",
      "doctor",
      "kube",
      "kubeadm",
      "kubeconfig",
      "kubectl",
      "pki",
      "remote",
      "spec",
      "templates",
      "token",
      "topology",
      "vagrant",
      ...base,
    ]),
    only("doctor/", ["vagrant", "alpine", "http", "templates", "topology", "spec", ...base]),
    only("vagrant", ["topology", "spec", "templates", ...base]),
    only("alpine", ["remote", "topology", "spec", ...base]),
    only("addons", ["http", "spec", "topology", ...base]),
    only("kubectl/", ["http", "kubeadm", ...base]),
    only("http", base),
    only("kube/", ["remote", ...base]),
    only("kubeconfig", base),
    only("pki", base),
    only("remote", base),
    only("templates", ["topology", "spec", "kubeadm", "token", ...base]),
    only("kubeadm", ["topology", "spec", "errors"]),
    only("topology", ["spec", "errors"]),
    only("spec", ["token", "errors"]),
    only("token", ["errors"]),
    only("(errors|process|progress|wait|paths|files)\\.ts", base),
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
