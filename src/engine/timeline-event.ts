import type { ObjectTimes } from "../kube/times/object-times.js";

/** Work on a node, or waiting. */
export interface Part {
  /** Short name; null for a wait that belongs to no node. */
  readonly node: string | null;
  /** `kubeadm init`. */
  readonly part: string;
  /** What is waited for, as in "waits for WHAT"; null for work. */
  readonly waitsFor: string | null;
  /** The image that is being pulled. */
  readonly image?: string;
}

/** What a line of `timeline.jsonl` tells besides its time. What begins and has no end was cut off. */
export type TimelineEvent =
  | { readonly kind: "run"; readonly command: string }
  | { readonly kind: "run-ended"; readonly outcome: "done" | "failed" }
  /** A step begins; its end is a line of `steps.jsonl`. */
  | { readonly kind: "step"; readonly step: string; readonly title: string; readonly after: readonly string[] }
  | ({ readonly kind: "begin"; readonly id: number; readonly step: string | null } & Part)
  | { readonly kind: "end"; readonly id: number; readonly failed: boolean }
  /** Seconds by which a node's clock is certainly ahead of this computer's. */
  | { readonly kind: "clock"; readonly node: string; readonly offset: number }
  /** The cluster's own times of an object, by the clocks of its node and of a master; null where nobody can tell which. */
  | ({
      readonly kind: "object";
      readonly object: string;
      readonly node: string | null;
      readonly master: string | null;
    } & ObjectTimes)
  /** An image that the kubelet of a node has pulled; what it did not tell is null. */
  | {
      readonly kind: "image";
      readonly node: string | null;
      readonly image: string;
      readonly bytes: number | null;
      readonly milliseconds: number | null;
      /** RFC 3339, by the node's clock: when it was there. */
      readonly pulledAt: string;
    };

/** `at`: RFC 3339, by this computer's clock. */
export type TimelineEntry = TimelineEvent & { readonly at: string };
