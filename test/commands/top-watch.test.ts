import { afterEach, describe, expect, it } from "vitest";
import { METRICS, measured, refusal, run, stage } from "./top-stage.js";

describe("--watch", () => {
  afterEach(() => expect(process.listenerCount("SIGINT")).toBe(0));

  const endAfter = (looks: number, change: (count: number) => void = () => undefined): number[] => {
    const waits: number[] = [];
    stage.onSleep = (milliseconds, count) => {
      waits.push(milliseconds);
      change(count);
      if (count === looks) process.emit("SIGINT");
    };
    return waits;
  };

  it("in a pipe prints one after the other until Ctrl-C, which ends it with 0", async () => {
    const waits = endAfter(3, (count) =>
      stage.lists.set(`${METRICS}/nodes`, [measured("minion1.example.com", `${count}m`)]),
    );
    const { stdout, stderr, exitCode } = await run("nodes", "--watch");
    expect([stderr, exitCode]).toEqual(["", 0]);
    expect(stdout.match(/^Cluster demo: /gm)).toHaveLength(3);
    expect(stdout.match(/^minion1.example.com +(\S+)/gm)?.map((row) => row.split(/ +/)[1])).toEqual([
      "1000m",
      "1m",
      "2m",
    ]);
    expect(stdout).not.toContain("\u001b");
    expect(waits).toEqual([2000, 2000, 2000]);
  });

  it("waits as long as asked", async () => {
    const waits = endAfter(1);
    expect((await run("pods", "--watch", "--interval", "7")).exitCode).toBe(0);
    expect(waits).toEqual([7000]);
  });

  it("goes on where the figures are away for a while", async () => {
    const figures = stage.lists.get(`${METRICS}/nodes`) ?? [];
    endAfter(3, (count) => stage.lists.set(`${METRICS}/nodes`, count === 1 ? refusal(503, "unable") : figures));
    const { stdout, exitCode } = await run("nodes", "--watch");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/does not answer: .*unable.*\nlooking again, until Ctrl-C\n\nCluster demo: /);
  });

  it("ends with what cannot pass, and where nothing was seen at all", async () => {
    endAfter(9, () => stage.lists.set(`${METRICS}/nodes`, refusal(403, "forbidden now")));
    expect(await run("nodes", "--watch")).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining("forbidden now") as string,
    });
    stage.group = refusal(404, "not found");
    expect((await run("nodes", "--watch")).exitCode).toBe(3);
  });

  it.each([
    [["--watch", "-o", "json"], "--watch has no end, so it cannot print a JSON document"],
    [["--interval", "3"], "--watch"],
    [["--watch", "--interval", "0"], "--interval"],
  ])("refuses %j: exit 2", async (argv, message) => {
    const { stdout, stderr, exitCode } = await run("nodes", ...argv);
    expect(exitCode).toBe(2);
    expect(stdout + stderr).toContain(message);
  });
});
