import { createServer, type AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { createSshKeyPair } from "../../src/remote/key-pair.js";
import { failureOf, startServer, TestBed } from "./ssh-server.js";

let bed: TestBed;
beforeEach(() => {
  bed = new TestBed();
});
afterEach(() => bed.end());

const HOST_KEY = createSshKeyPair("host");

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

describe("a machine that is not there yet", () => {
  it("is refused at once without retry, with words", async () => {
    const port = await freePort();
    const failure = await failureOf(bed.connect(bed.target({ port, userKey: HOST_KEY })));
    expect(failure.message).toBe(
      `master1: no ssh connection to 127.0.0.1:${port}: nothing listens there (connection refused)`,
    );
  });

  it("is waited for, also while it refuses the login", async () => {
    const port = await freePort();
    const userKey = createSshKeyPair("user");
    const reasons: string[] = [];
    const connecting = bed.connect(bed.target({ port, userKey }), {
      retry: { atMost: 15_000, every: 50 },
      onReason: (reason) => reasons.push(reason.split(";")[0] ?? ""),
    });
    await expect.poll(() => reasons).toHaveLength(1);
    const provisioning = await startServer({ port });
    await expect.poll(() => reasons.at(-1), { timeout: 5_000 }).toBe("the machine refused the login of root");
    await provisioning.close();
    await bed.server({ port, accept: userKey });
    expect((await (await connecting).run({ name: "x", script: "echo here" })).stdout).toBe("here\n");
    expect(reasons[0]).toBe("nothing listens there (connection refused)");
  });

  it("is given up after the limit with the last reason and the effort", async () => {
    const port = await freePort();
    const failure = await failureOf(
      bed.connect(bed.target({ port, userKey: HOST_KEY }), { retry: { atMost: 300, every: 100 } }),
    );
    expect(failure.message).toMatch(/\(\d tries in 0 s\): nothing listens there \(connection refused\)$/);
  });

  it("may also accept and say nothing: each try has its limit", async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    // At the start, and after each try: how long a try takes on this computer decides nothing.
    const times = [0, 200, 450];
    const failure = await failureOf(
      bed.connect(bed.target({ port, userKey: HOST_KEY }), {
        connectTimeout: 200,
        retry: { atMost: 300, every: 50 },
        clock: { now: () => times.shift() ?? 450, sleep: () => Promise.resolve() },
      }),
    );
    expect(failure.message).toMatch(/\(2 tries in \d s\): no answer within 0\.2 s$/);
    silent.close();
  });

  it("is not waited for after an abort, in a try and between two", async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    for (const target of [port, await freePort()]) {
      const abort = new AbortController();
      const reason = new AlpineK8sError("interrupted", "interrupted");
      const failure = failureOf(
        bed.connect(bed.target({ port: target, userKey: HOST_KEY }), {
          signal: abort.signal,
          retry: { atMost: 60_000, every: 30_000 },
        }),
      );
      setTimeout(() => abort.abort(reason), 150);
      expect(await failure).toBe(reason);
    }
    silent.close();
  });
});
