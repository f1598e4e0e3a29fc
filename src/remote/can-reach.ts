import { connect } from "node:net";

/** Whether the address answers a TCP connection within `milliseconds`; to refuse it is an answer, too. */
export function canReach(address: string, port: number, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (reached: boolean): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve(reached);
    };
    const limit = setTimeout(() => end(false), milliseconds);
    socket.once("connect", () => end(true));
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code === "ECONNREFUSED"));
  });
}
