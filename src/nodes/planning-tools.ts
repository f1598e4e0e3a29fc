import { AlpineK8sError } from "../base/errors.js";
import { NotKnownYet } from "../engine/not-known-yet.js";
import type { Tools } from "../engine/tools.js";
import { comesLater } from "../kube/again-later.js";
import type { KubeApi } from "../kube/kube-api.js";
import type { Machines } from "../machines/machines.js";
import type { RemoteHost } from "../remote/remote-host.js";
import { PlanningFleet } from "./planning-fleet.js";

/**
 * The same world for a run that only plans. Nothing can be changed through it: what would change something is refused as
 * a bug, host keys are not pinned, nothing is downloaded but catalogues, to be read. An API that does not answer is {@link NotKnownYet} for a command
 * that would bring it up, and fails the plan of any other as it would fail the run.
 */
export function planningTools(tools: Tools, { bringsUp }: { readonly bringsUp: boolean }): Tools {
  const known = bringsUp ? knownLater : asItIs;
  return {
    ...tools,
    discoverDefaults: (input) => tools.discoverDefaults({ ...input, pins: false }),
    connect: async (target, options) => onlyLooking(await tools.connect(target, { ...options, pins: false })),
    machines: async (input) => onlyAsked(await tools.machines(input)),
    kube: (input) => known(input.signal, async () => onlyRead(await tools.kube(input), input.signal, known)),
    manifest: (input) => tools.manifest({ ...input, offline: true }),
    catalogueFile: (input) => tools.catalogueFile({ ...input, isOnlyRead: true }),
    fleet: (input) => Promise.resolve(new PlanningFleet(input)),
  };
}

function onlyLooking(host: RemoteHost): RemoteHost {
  return {
    name: host.name,
    run: (command) => (command.readOnly === true ? host.run(command) : refuse(`run ${command.name} on ${host.name}`)),
    putFile: (path) => refuse(`write ${path} on ${host.name}`),
    openPort: (address, port) => host.openPort(address, port),
    close: () => host.close(),
  };
}

function onlyAsked(machines: Machines): Machines {
  const { removeLeftovers } = machines;
  return {
    ...machines,
    start: (names) => refuse(`start ${names.join(", ")}`),
    halt: (names) => refuse(`halt ${names.join(", ")}`),
    destroy: (names) => refuse(`destroy ${names.join(", ")}`),
    ...(removeLeftovers === undefined ? {} : { removeLeftovers: () => refuse("remove what is left over") }),
  };
}

type Known = <T>(signal: AbortSignal, ask: () => Promise<T>) => Promise<T>;

function asItIs<T>(_signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  return ask();
}

function onlyRead(kube: KubeApi, signal: AbortSignal, known: Known): KubeApi {
  return {
    ...kube,
    get: (path, asked) => known(signal, () => kube.get(path, asked)),
    find: (path, asked) => known(signal, () => kube.find(path, asked)),
    text: (path, asked) => known(signal, () => kube.text(path, asked)),
    list: (path, asked) => known(signal, () => kube.list(path, asked)),
    groupPath: (group, asked) => known(signal, () => kube.groupPath(group, asked)),
    pathOf: (object, asked) => known(signal, () => kube.pathOf(object, asked)),
    apply: (objects, manager, asked, how) =>
      how?.dryRun === true ? known(signal, () => kube.apply(objects, manager, asked, how)) : refuse("apply objects"),
    preview: (object, manager, asked) => known(signal, () => kube.preview(object, manager, asked)),
    patch: (path) => refuse(`patch ${path}`),
    create: (path) => refuse(`create ${path}`),
    forward: ({ pod }) => refuse(`connect to ${pod}`),
    evict: ({ name }) => refuse(`evict ${name}`),
    delete: (path) => refuse(`delete ${path}`),
  };
}

async function knownLater<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    signal.throwIfAborted();
    throw comesLater(error) ? new NotKnownYet(undefined, "once the API answers") : error;
  }
}

function refuse(what: string): Promise<never> {
  return Promise.reject(new AlpineK8sError("bug", `a run that only plans was to ${what}`));
}
