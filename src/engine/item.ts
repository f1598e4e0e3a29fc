/** One thing that a step does. */
export interface Item {
  /** Short name of the node that it is done to or on; nothing when it is none. */
  readonly node: string | undefined;
  /** Stable and in kebab-case. */
  readonly action: string;
  /** Plain English, as an order: "join minion1 to the cluster". */
  readonly text: string;
  /** It cannot be known yet: it becomes this, or nothing. */
  readonly maybe?: true;
}

/** A step with what it would do. */
export interface PlannedStep {
  readonly id: string;
  readonly title: string;
  readonly items: readonly Item[];
}

/** What a command would do. */
export interface Plan {
  /** Its words after `alpine-k8s`. */
  readonly command: string;
  /** Nothing for a command that needs none. */
  readonly cluster: string | undefined;
  readonly steps: readonly PlannedStep[];
}

/** `step/node/action`, with `-` for an item that belongs to no node: no node has that name. */
export function itemId(step: string, { node, action }: Pick<Item, "node" | "action">): string {
  return `${step}/${node ?? "-"}/${action}`;
}

/** An item on a node. */
export function onNode(node: string, action: string, text: string): Item {
  return { node, action, text };
}

/** An item of no node: in the folder, on this computer, in the cluster as a whole. */
export function overall(action: string, text: string): Item {
  return { node: undefined, action, text };
}

/** The item as it is as long as nobody can tell whether it will be needed; `when` says where it is: "once minion1 runs". */
export function maybe(item: Item, when: string): Item {
  return { ...item, text: `${item.text}, ${when}`, maybe: true };
}

/** The name of a file as the action of an item: `ca.crt` is `ca-crt`. */
export function fileAction(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

/** Names of the nodes that items are about, each once, in their order. */
export function nodesOf(items: readonly Item[]): readonly string[] {
  return [...new Set(items.flatMap(({ node }) => node ?? []))];
}
