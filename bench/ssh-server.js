import { spawn } from "node:child_process";
import ssh2 from "ssh2";

/**
 * An ssh server in this process, on the loopback, that lets everybody in and runs commands with BusyBox's ash, as a
 * node does. `bytes()` is what has come over all its connections, encrypted as it is.
 */
export async function startSshServer(hostKey) {
  const sockets = new Set();
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    connection.on("error", () => undefined);
    connection.on("authentication", (context) => context.accept());
    connection.on("session", (accept) => {
      accept().on("exec", (acceptExec, _reject, info) => serve(acceptExec(), info.command));
    });
  });
  server._srv.on("connection", (socket) => sockets.add(socket));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    bytes: () => [...sockets].reduce((sum, socket) => sum + socket.bytesRead, 0),
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function serve(channel, command) {
  const child = spawn("busybox", ["ash", "-c", command]);
  channel.on("data", (chunk) => child.stdin.write(chunk));
  channel.on("end", () => child.stdin.end());
  channel.on("close", () => child.stdin.end());
  child.stdin.on("error", () => undefined);
  child.stdout.on("data", (chunk) => channel.write(chunk));
  child.stderr.on("data", (chunk) => channel.stderr.write(chunk));
  child.on("exit", (code) => channel.exit(code ?? 255));
  child.on("close", () => channel.end());
}
