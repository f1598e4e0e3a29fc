import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { duplexPair, type Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listenLocally, type LocalListener, type LocalListening } from "../../src/kube/forward/local-listener.js";

let listener: LocalListener;
/** The far ends of what was opened. */
let far: Duplex[];
/** The ends that the listener has. */
let near: Duplex[];
let problems: string[];
beforeEach(() => {
  far = [];
  near = [];
  problems = [];
});
afterEach(() => listener.close());

function options(change: Partial<LocalListening> = {}): LocalListening {
  const onProblem = (problem: string): void => void problems.push(problem);
  return { host: "127.0.0.1", port: 0, most: 10, open, onProblem, ...change };
}

function open(): Promise<Duplex> {
  const [here, there] = duplexPair();
  near.push(here);
  far.push(there);
  return Promise.resolve(here);
}

async function start(change: Partial<LocalListening> = {}): Promise<void> {
  listener = await listenLocally(options(change));
}

function dial(): Socket {
  return connect({ port: listener.port, host: "127.0.0.1", allowHalfOpen: true }).on("error", () => undefined);
}

async function farEnd(index: number): Promise<Duplex> {
  await expect.poll(() => far.length).toBeGreaterThan(index);
  return far[index] as Duplex;
}

describe("a local listener", () => {
  it("gives each connection a stream of its own, both ways, with the end of each", async () => {
    await start();
    const [one, other] = [dial(), dial()];
    one.end("one");
    expect((await buffer(await farEnd(0))).toString()).toBe("one");
    (await farEnd(1)).end("other");
    expect((await buffer(other)).toString()).toBe("other");
    (await farEnd(0)).end("answer");
    expect((await buffer(one)).toString()).toBe("answer");
    expect(problems).toEqual([]);
    other.destroy();
  });

  it("passes all on to a slow reader after the other side has ended", async () => {
    await start();
    const local = dial();
    const remote = await farEnd(0);
    remote.end(Buffer.alloc(4 * 1024 * 1024, "x"));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await buffer(local)).length).toBe(4 * 1024 * 1024);
  });

  it("ends the other side when a client goes away", async () => {
    await start();
    const local = dial();
    await farEnd(0);
    local.resetAndDestroy();
    await expect.poll(() => near[0]?.destroyed).toBe(true);
  });

  it("tells why a connection failed, closes it, and goes on", async () => {
    let isDown = true;
    await start({ open: () => (isDown ? Promise.reject(new Error("no pod is ready")) : open()) });
    await once(dial().resume(), "end");
    expect(problems).toEqual(["no pod is ready"]);
    isDown = false;
    const local = dial();
    local.write("hello");
    expect(String((await once(await farEnd(0), "data"))[0])).toBe("hello");
    local.destroy();
  });

  it("makes room by ending a quiet connection, and lets a busy one be", async () => {
    await start({ most: 2, quiet: 300 });
    const [busy, quiet] = [dial(), dial()];
    await farEnd(1);
    const ticking = setInterval(() => busy.write("tick"), 50);
    far.forEach((one) => one.resume());
    const ended = once(quiet, "close");
    quiet.resume().on("end", () => quiet.destroy());
    const third = dial();
    third.write("me");
    await ended;
    expect(String((await once(await farEnd(2), "data"))[0])).toBe("me");
    expect(busy.destroyed).toBe(false);
    clearInterval(ticking);
  });

  it("closes everything: the port, connections, those that wait, and those that are being opened", async () => {
    let asked: AbortSignal | undefined;
    await start({
      most: 1,
      open: (signal) => {
        asked = signal;
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
      },
    });
    const [opening, waiting] = [dial(), dial()];
    opening.resume();
    waiting.resume();
    await expect.poll(() => asked).toBeDefined();
    await new Promise((resolve) => setTimeout(resolve, 200));
    await listener.close();
    await expect.poll(() => opening.readableEnded || opening.destroyed).toBe(true);
    expect(problems).toEqual([]);
    const [error] = (await once(connect(listener.port, "127.0.0.1"), "error").catch((one: unknown) => [one])) as [
      Error,
    ];
    expect(error.message).toContain("ECONNREFUSED");
    await start();
  });

  it("refuses a port that is taken, with exit code 3", async () => {
    await start();
    const { port } = listener;
    const taken = listenLocally(options({ port }));
    await expect(taken).rejects.toMatchObject({
      kind: "prerequisite",
      message: `cannot listen on 127.0.0.1, port ${port}: another program listens there`,
      hints: ["leave --port out: a free one is taken"],
    });
    await expect(listenLocally(options({ host: "192.0.2.1" }))).rejects.toThrow("has no such address");
  });
});
