import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../base/files.js";

/**
 * Writes a NoCloud seed (cloud-init's documentation, "NoCloud"; tiny-cloud reads the same) into a folder: a script that lets
 * root in by this key. A script is what both take, and tiny-cloud knows few of cloud-init's keys.
 */
export async function writeSeed(folder: string, publicKey: string): Promise<void> {
  await makeFolder(folder);
  await writeFile(join(folder, "meta-data"), "instance-id: alpine-k8s-box\nlocal-hostname: alpine\n");
  await writeFile(join(folder, "user-data"), userData(publicKey));
}

function userData(publicKey: string): string {
  return `#!/bin/sh
# alpine-k8s box build: lets the recipe in, by a key that exists for this build only.
set -eu
mkdir -p /root/.ssh
chmod 0700 /root/.ssh
cat >/root/.ssh/authorized_keys <<'KEY'
${publicKey}
KEY
chmod 0600 /root/.ssh/authorized_keys
# A root without a password, or a locked one, is not let in by a key where there is no PAM.
sed -i 's/^root:!*:/root:*:/' /etc/shadow
sed -i 's/^#* *PermitRootLogin.*/PermitRootLogin prohibit-password/' /etc/ssh/sshd_config
[ -e /etc/runlevels/default/sshd ] || rc-update -q add sshd default
rc-service -q sshd restart
`;
}
