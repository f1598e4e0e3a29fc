import { readFileSync } from "node:fs";

/** The second file is systemd-resolved's: it names the servers that its resolver on loopback asks. */
const FILES = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];
/** As many as a resolver reads (resolv.conf(5)). */
const MOST = 3;

/** IPv4 addresses of this computer's name servers, without those on loopback; the Vagrantfile does the same. */
export function nameserversHere(read: (path: string) => string = readOrEmpty): readonly string[] {
  const lists = FILES.map((path) =>
    [...read(path).matchAll(/^\s*nameserver\s+(\d+(?:\.\d+){3})\s*$/gm)]
      .map(([, address = ""]) => address)
      .filter((address) => !address.startsWith("127.")),
  );
  return [...new Set(lists.find((list) => list.length > 0))].slice(0, MOST);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
