/** A path as a value of ssh_config(5): in quotes, for it may hold blanks, and with % doubled, which begins a token. */
export function sshConfigPath(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%")}"`;
}
