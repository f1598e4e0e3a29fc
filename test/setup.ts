import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Keeps a developer's settings out of the tests: an empty home, no agent, no kubeconfig, no Vagrant or proxy variables.
process.env["HOME"] = mkdtempSync(join(tmpdir(), "alpine-k8s-home-"));
for (const name of Object.keys(process.env)) {
  if (/^(VAGRANT_|KUBE|SSH_AUTH_SOCK$|ALPINE_K8S_(?!TEST_)|XDG_|(https?|all|no)_proxy$)/i.test(name))
    delete process.env[name];
}
process.env["NO_COLOR"] = "1";
