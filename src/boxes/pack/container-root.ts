/** What the computer that a container runs on does itself: kernel, boot loader, and what only is there while a system runs. */
const LEFT_OUT = [
  /^(boot|lib\/modules|usr\/lib\/modules|lib\/firmware|usr\/lib\/firmware|lost\+found)(\/|$)/,
  /^(dev|proc|sys|run|tmp|mnt|media)\/./,
  /^(swapfile|\.dockerenv)$/,
];

/**
 * Services for hardware, kernel, disks and clock; docs/providers.md wants nothing that remounts `/`, and a container may not
 * set the clock.
 */
const SERVICES =
  /^etc\/runlevels\/[^/]+\/(acpid|chronyd|fsck|hwclock|hwdrivers|localmount|mdev|modloop|modules|mount-ro|mtab|ntpd|root|swap|swclock|udev[a-z-]*)$/;

/** Files that a container has with other words; each is at its path in the order of paths. */
const CHANGED: Readonly<Record<string, (text: string) => string>> = {
  "etc/fstab": () => "# Docker mounts everything.\n",
  // A console at which nobody sits: no getty.
  "etc/inittab": (text) =>
    linesOf(text)
      .filter((line) => !line.includes("getty"))
      .join(""),
  // What is up already fails to be set up, and sshd waits for that service.
  "etc/network/interfaces": () => "# Docker sets the interfaces up.\n",
  // OpenRC leaves out what a service's `keyword -docker` excludes, and its own groups, which it may not make.
  "etc/rc.conf": (text) => `${linesOf(text).join("")}rc_sys="docker"\nrc_controller_cgroups="NO"\n`,
};

/** Whether a node that is a container has this path. */
export function isInContainer(path: string): boolean {
  return !SERVICES.test(path) && !LEFT_OUT.some((pattern) => pattern.test(path));
}

/** What a container has in this file in place of its text; nothing: the file as it is. */
export function changeFor(path: string): ((text: string) => string) | undefined {
  return Object.hasOwn(CHANGED, path) ? CHANGED[path] : undefined;
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").flatMap((line, index, all) => (index === all.length - 1 && line === "" ? [] : [`${line}\n`]));
}
