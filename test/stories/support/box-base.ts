import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { ROOT, start } from "./programs.js";

/** What stands in for Alpine's image and its mirror: the image's file, and the folder of packages. */
export interface BoxBase {
  readonly image: string;
  readonly packages: string;
}

/** Builds it where it is not there yet. */
export async function buildBoxBase(): Promise<BoxBase> {
  const outcome = await start("bash", [join(ROOT, "practice/box/build.sh")]).done;
  if (outcome.code !== 0) throw new Error(`practice/box/build.sh: ${outcome.stderr}`);
  const folder = outcome.stdout.trim().split("\n").at(-1) ?? "";
  return { image: join(folder, "base.qcow2"), packages: join(folder, "packages") };
}

/** A mirror on loopback; `asked` are the names of packages in the order in which they were asked for. */
export interface Mirror {
  /** As the machine reaches it: QEMU's network leads this address to our loopback. */
  readonly url: string;
  readonly asked: readonly string[];
  readonly close: () => void;
}

/** Serves the packages at the paths of an Alpine mirror. */
export async function serveMirror({ packages }: BoxBase): Promise<Mirror> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const name = /^\/v3\.13\/community\/x86_64\/([a-z-]+)\.tar$/.exec(request.url ?? "")?.[1];
    if (name === undefined) return void response.writeHead(404).end();
    asked.push(name);
    const path = join(packages, basename(`${name}.tar`));
    stat(path).then(
      ({ size }) => createReadStream(path).pipe(response.writeHead(200, { "content-length": size })),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return { url: `http://10.0.2.2:${port}`, asked, close: () => server.close() };
}
