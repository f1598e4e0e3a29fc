import { afterEach, expect } from "vitest";
import { FakeNode } from "./node.js";
import { sharedVariables, type Variables } from "./node-input.js";

export interface Nodes {
  /** An unprepared node. */
  readonly freshNode: () => Promise<FakeNode>;
  /** A node on which shared.sh has run. */
  readonly fitNode: (variables?: Variables) => Promise<FakeNode>;
}

/** Nodes for the tests of one file: stopped after each test, which fails when a fake got an unexpected call. */
export function useNodes(): Nodes {
  const nodes: FakeNode[] = [];
  afterEach(async () => {
    const refused: string[] = [];
    for (const node of nodes.splice(0)) {
      refused.push(node.refused());
      await node.stop();
    }
    expect(refused.join("")).toBe("");
  });
  const freshNode = async (): Promise<FakeNode> => {
    const node = await FakeNode.start();
    nodes.push(node);
    return node;
  };
  const fitNode = async (variables: Variables = sharedVariables): Promise<FakeNode> => {
    const node = await freshNode();
    const run = await node.run("shared", variables);
    expect(run.stderr).toBe("");
    node.forgetCalls();
    return node;
  };
  return { freshNode, fitNode };
}
