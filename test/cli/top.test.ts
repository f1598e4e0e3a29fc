import { describe, expect, it } from "vitest";
import { redrawer } from "../../src/cli/progress/redraw.js";
import { topNodesText, topPodsText } from "../../src/cli/text/top.js";
import type { NodeUse } from "../../src/operations/top/top-nodes.js";
import { ordered } from "../../src/operations/top/order.js";
import type { PodUse } from "../../src/operations/top/top-pods.js";
import { Screen } from "./screen.js";

const Mi = 2 ** 20;
const at = { timestamp: "2026-01-31T12:00:00Z", window: 10 };
const later = { timestamp: "2026-01-31T12:00:05Z", window: 20.1 };
const node = (name: string, fields: Partial<NodeUse> = {}): NodeUse => ({
  ...{ name: `${name}.example.com`, cpu: 0.5, cpuAllocatable: 2, memory: 512 * Mi, memoryAllocatable: 2048 * Mi },
  ...{ ...at, ...fields },
});
const unknown = { cpu: null, memory: null, timestamp: null, window: null };
const nodes = [
  node("master1", later),
  node("minion1", { cpu: 0.0001, memory: 4096 * Mi }),
  node("minion2", unknown),
  node("minion3", { cpuAllocatable: null, memoryAllocatable: 0 }),
];
const pod = (name: string, cpu: number, memory: number): PodUse => ({
  ...{ namespace: "default", name, node: "minion1.example.com", cpu, memory: memory * Mi, ...at },
});
const pods = [pod("web-1", 1.25, 10), pod("web-2", 0.1, 100), pod("idle", 0, 0)];
const NO_TERMINAL = 0;

const wide = (text: string): string => topNodesText({ cluster: text, nodes }, 200);

describe("the table of nodes", () => {
  it("has numbers without bars where it is no terminal, and with bars in a wide one", async () => {
    await expect(`${topNodesText({ cluster: "demo", nodes }, NO_TERMINAL)}\n`).toMatchFileSnapshot(
      "../golden/top/nodes-in-a-pipe.txt",
    );
    await expect(`${wide("demo")}\n`).toMatchFileSnapshot("../golden/top/nodes-on-a-terminal.txt");
  });

  it("has bars exactly as long as they fit", () => {
    const width = Math.max(
      ...wide("demo")
        .split("\n")
        .map((line) => line.length),
    );
    expect(topNodesText({ cluster: "demo", nodes }, width + 1)).toBe(wide("demo"));
    expect(topNodesText({ cluster: "demo", nodes }, width)).toBe(topNodesText({ cluster: "demo", nodes }, NO_TERMINAL));
  });

  it("lets no name act on the screen, or begin a line", () => {
    const text = topNodesText({ cluster: "demo", nodes: [node("a\u001b[2J\u202e\nb\tc")] }, NO_TERMINAL);
    expect(text).toContain("\na[2J b c.example.com  500m");
  });
});

describe("the table of pods", () => {
  const seen = { cluster: "demo", pods, omitted: 0, withoutFigures: 0 };

  it("has numbers without bars where it is no terminal, and with bars in a wide one", async () => {
    const more = { ...seen, omitted: 4, withoutFigures: 2 };
    await expect(`${topPodsText(more, NO_TERMINAL)}\n`).toMatchFileSnapshot("../golden/top/pods-in-a-pipe.txt");
    await expect(`${topPodsText(more, 200)}\n`).toMatchFileSnapshot("../golden/top/pods-on-a-terminal.txt");
  });

  it("without pods is one line", () => {
    expect(topPodsText({ ...seen, pods: [] }, 200)).toBe("Cluster demo: 0 running pod(s).");
  });
});

describe("the order", () => {
  const names = (sort: "cpu" | "memory" | "name"): string[] =>
    ordered(nodes, sort).map(({ name }) => name.split(".")[0] ?? "");

  it("is by the largest use, then by name, without figures last", () => {
    expect(names("cpu")).toEqual(["master1", "minion3", "minion1", "minion2"]);
    expect(names("memory")).toEqual(["minion1", "master1", "minion3", "minion2"]);
    expect(names("name")).toEqual(["master1", "minion1", "minion2", "minion3"]);
  });

  it("of pods is by namespace before the name", () => {
    const rows = [pod("a", 1, 1), { ...pod("z", 1, 1), namespace: "apps" }];
    expect(ordered(rows, "name").map(({ name }) => name)).toEqual(["z", "a"]);
    expect(ordered(rows, "cpu").map(({ name }) => name)).toEqual(["z", "a"]);
  });
});

describe("a text that is drawn in place of the one before", () => {
  it("leaves only the last one, and the cursor shown", () => {
    const screen = new Screen(80, 24);
    const show = redrawer(screen);
    show("one\ntwo\nthree");
    show("1\n2");
    show("last");
    expect(screen.text).toBe("last");
    expect(screen.isCursorShown).toBe(true);
  });

  it("is cut to the screen, and lets nothing act on it", () => {
    const screen = new Screen(10, 4);
    const show = redrawer(screen);
    show("a long line of text\n\u001b[2Jb\nc\nd");
    expect(screen.text).toBe("a long l…\n[2Jb\n    and …");
    show("x");
    expect(screen.text).toBe("x");
  });

  it("takes the rows into account that a narrower terminal has wrapped", () => {
    const terminal = {
      columns: 20,
      rows: 24,
      written: [] as string[],
      write: (text: string) => terminal.written.push(text),
    };
    const show = redrawer(terminal);
    show("fifteen letters\nb");
    terminal.columns = 10;
    show("x");
    expect(terminal.written[1]).toBe("\u001b[3A\u001b[0Jx\n");
  });
});
