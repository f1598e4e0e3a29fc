import { onNode, type Item } from "../engine/item.js";
import type { NodeSession } from "../engine/node-session.js";
import { isHidden, whenKnown, type SeenNode } from "./seen-nodes.js";

/** What a step that lets nodes join has to do on this one. A node that failed is tried, so that the step tells why. */
export function joinItems(seen: SeenNode, needsJoin: (session: NodeSession) => boolean): readonly Item[] {
  const { name } = seen.node;
  if ("unknown" in seen) {
    const text = seen.unknown.isNew ? `join ${name} to the cluster` : `join ${name} to the cluster, or bring it up`;
    return [whenKnown(onNode(name, "join", text), seen.unknown)];
  }
  if ("failure" in seen) return [onNode(name, "join", `join ${name} to the cluster`)];
  if (!needsJoin(seen.session)) return [];
  const isMember = seen.session.facts.state === "finished";
  return [onNode(name, "join", isMember ? `bring up ${name}, which has joined` : `join ${name} to the cluster`)];
}

/** Whether the node joins as a new member for sure. */
export function isSureToJoin(seen: SeenNode): boolean {
  return needsToken(seen) && !isHidden(seen);
}

/** Whether the node joins, or may, as a new member: that takes a token. */
export function needsToken(seen: SeenNode): boolean {
  if ("session" in seen) return seen.session.facts.state !== "finished";
  return "unknown" in seen;
}
