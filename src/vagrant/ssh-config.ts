/** How ssh reaches a machine, as Vagrant says. */
export interface SshDetails {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly privateKeyFiles: readonly string[];
}

/**
 * Reads `vagrant ssh-config`: blocks of OpenSSH client configuration, one `Host` each, values in double quotes where
 * they hold a space (ssh_config(5)). Other lines, and hosts without an address, are left out.
 */
export function parseSshConfig(text: string): ReadonlyMap<string, SshDetails> {
  const hosts = new Map<string, SshDetails>();
  let host: string | undefined;
  let values = new Map<string, string[]>();
  const finish = (): void => {
    const address = values.get("hostname")?.[0];
    if (host === undefined || address === undefined) return;
    hosts.set(host, {
      address,
      port: Number(values.get("port")?.[0] ?? 22),
      user: values.get("user")?.[0] ?? "vagrant",
      privateKeyFiles: values.get("identityfile") ?? [],
    });
  };
  for (const line of text.split(/\r?\n/)) {
    const [, keyword, raw] = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.+?)\s*$/.exec(line) ?? [];
    if (keyword === undefined || raw === undefined) continue;
    const key = keyword.toLowerCase();
    const value = unquoted(raw);
    if (key === "host") {
      finish();
      host = value;
      values = new Map();
    } else {
      values.set(key, [...(values.get(key) ?? []), value]);
    }
  }
  finish();
  return hosts;
}

function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}
