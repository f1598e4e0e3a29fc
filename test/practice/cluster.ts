import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  initDocuments,
  joinDocument,
  kubectl,
  pinOf,
  practiceImage,
  practiceNode,
  standins,
  type PracticeNode,
} from "./support.js";

/** One master and one minion that has joined; silent nodes count as lost after 13 seconds. */
export interface PracticeCluster {
  readonly master: PracticeNode;
  readonly minion: PracticeNode;
  /** What kubectl prints; throws with its complaint. */
  fine(args: readonly string[], input?: string): Promise<string>;
  /** Server-side apply of a text. */
  apply(text: string): Promise<string>;
  dispose(): void;
}

export async function practiceCluster(): Promise<PracticeCluster> {
  const image = practiceImage();
  const [master, minion] = await Promise.all([practiceNode(image), practiceNode(image)]);
  await Promise.all([master.startRuntime(), minion.startRuntime()]);
  const grace = "controllerManager: {extraArgs: [{name: node-monitor-grace-period, value: 13s}]}";
  const impatient = (text: string): string => text.replace("clusterName: demo", `clusterName: demo\n${grace}`);
  const done = await master.run("kubeadm", ["init", "--config", initDocuments(master, impatient)]);
  const patient = (text: string): string => text.replace("discovery: 1s", "discovery: 20s");
  const file = joinDocument(minion, master, pinOf(done.stdout), patient);
  const joined = await minion.run("kubeadm", ["join", "--config", file]);
  if (joined.code !== 0) throw new Error(done.stderr + joined.stderr);
  async function fine(args: readonly string[], input = ""): Promise<string> {
    const ran = await kubectl(master, args, input);
    if (ran.code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${ran.stderr}`);
    return ran.stdout;
  }
  function apply(text: string): Promise<string> {
    // kubectl takes a text that begins with a brace for JSON.
    const flow = text.startsWith("{") && !text.startsWith('{"');
    const flags = ["--server-side", "--field-manager=alpine-k8s", "--force-conflicts"];
    return fine(["apply", ...flags, "-f", "-"], flow ? `---\n${text}` : text);
  }
  function dispose(): void {
    minion.dispose();
    master.dispose();
    rmSync(image, { recursive: true });
  }
  return { master, minion, fine, apply, dispose };
}

/** A Deployment of two pods. */
export function deployment(name: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: default}
spec:
  replicas: 2
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: main
          image: example.com/${name}:1
`;
}

export const networkManifest = join(standins, "network.yaml");
