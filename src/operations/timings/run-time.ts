import type { Interval } from "./intervals.js";

/** How a run, a step or a part of it ended: `unfinished` was cut off, or is still at work. */
export type Outcome = "done" | "failed" | "skipped" | "unfinished" | "unknown";

/** A step as it was run. */
export interface StepTime extends Interval {
  readonly id: string;
  readonly title: string;
  readonly after: readonly string[];
  readonly outcome: Outcome;
}

/** Work on a node, or a wait: one bar of the picture. */
export interface Bar extends Interval {
  readonly step: string | null;
  /** Short name; null for a wait of a step that belongs to no node. */
  readonly node: string | null;
  readonly part: string;
  /** Null for work. */
  readonly waitsFor: string | null;
  readonly image: string | null;
  readonly outcome: Outcome;
}

/** An object of the cluster; times are RFC 3339 by this computer's clock, null for what is not known. */
export interface ObjectMoments {
  /** `Pod kube-system/coredns-1`. */
  readonly object: string;
  /** Short name of its node; null for a pod without one. */
  readonly node: string | null;
  readonly created: string | null;
  readonly scheduled: string | null;
  readonly started: string | null;
  readonly ready: string | null;
}

/** An image that was pulled in the run; null is what neither kubeadm's words nor the kubelet's events tell. */
export interface ImageTimes {
  readonly node: string | null;
  readonly image: string;
  /** The registry in its name; a mirror that the node asked instead is not known. */
  readonly source: string;
  readonly bytes: number | null;
  readonly milliseconds: number | null;
}

/** The time of one run, as its log has it. */
export interface RecordedRun extends Interval {
  readonly command: string | null;
  readonly outcome: Outcome;
  /** In the order in which they began. */
  readonly steps: readonly StepTime[];
  readonly bars: readonly Bar[];
  /** Seconds by which a node's clock was certainly ahead of this computer's, as last measured. */
  readonly clocks: ReadonlyMap<string, number>;
  readonly objects: readonly ObjectMoments[];
  readonly images: readonly ImageTimes[];
  /** What is missing or damaged. */
  readonly problems: readonly string[];
}
