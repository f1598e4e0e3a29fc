import { Duplex } from "node:stream";
import type { ClientChannel } from "ssh2";
import type { Connection } from "./run-over-ssh.js";
import { quoteSh } from "../base/quote.js";

/** Characters of nc's standard error that a message repeats. */
const WORDS = 300;

/**
 * A byte stream to a TCP port as the node sees it, see {@link RemoteHost.openPort}. It uses BusyBox's nc instead of
 * ssh's own forwarding: Alpine ships its sshd with `AllowTcpForwarding no`, and every Alpine has nc.
 */
export function openPort({ client, name }: Connection, address: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.exec(`exec nc ${quoteSh(address)} ${port}`, (error, channel) => {
      if (error) reject(error);
      else resolve(streamOf(channel, name));
    });
  });
}

function streamOf(channel: ClientChannel, name: string): Duplex {
  let said = "";
  let exitCode: number | null | undefined;
  const stream = new Duplex({
    read: () => void channel.resume(),
    write: (chunk: Buffer, _, done) => void channel.write(chunk, done),
    final: (done) => {
      channel.end();
      done();
    },
    destroy: (error, done) => {
      channel.close();
      done(error);
    },
  });
  // An error may come before the caller listens; the caller then finds it in `stream.errored`.
  stream.on("error", () => undefined);
  channel.on("data", (chunk: Buffer) => {
    if (!stream.push(chunk)) channel.pause();
  });
  channel.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-WORDS)));
  channel.on("exit", (code: number | null) => (exitCode = code));
  channel.on("error", (error: Error) => stream.destroy(error));
  channel.on("close", () => {
    if (exitCode === 0) stream.push(null);
    else stream.destroy(new Error(`${name}: ${said.trim() || "the connection through it ended"}`));
  });
  return stream;
}
