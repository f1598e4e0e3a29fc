/** The command that opens a page in the user's browser. */
export function openUrl(platform: NodeJS.Platform, url: string): string {
  if (platform === "win32") return `start ${url}`;
  return `${platform === "darwin" ? "open" : "xdg-open"} ${url}`;
}

export const VAGRANT_INSTALL = "https://developer.hashicorp.com/vagrant/install";
