import { ALPINE, RUNTIMES } from "../../src/model/versions/table.ts";

/** Packages whose versions the table has, by its column, and the repository that they are in. */
const VERSIONED = [
  ...["kubeadm", "kubelet", "kubectl"].map((name) => ({ name, column: "kubernetes", repository: "community" })),
  ...["containerd", "docker"].map((name) => ({ name, column: name, repository: "community" })),
  { name: "openrc", column: "openrc", repository: "main" },
];
/** Packages of which the table says only that they are there, and those of which it says that they are not. */
const PRESENT = [...new Set(["cni-plugins", ...RUNTIMES.flatMap(({ packages }) => packages)])].filter(
  (name) => !VERSIONED.some((one) => one.name === name),
);
const ABSENT = RUNTIMES.flatMap(({ missing }) => missing);

/** Findings of indexes, each `{ release, packages }`; those of one release are looked at together. */
export function compareIndexes(indexes) {
  const releases = [...new Set(indexes.map(({ release }) => release))];
  return releases.flatMap((release) => {
    const own = indexes.filter((one) => one.release === release).map(({ packages }) => packages);
    const all = new Map(own.flatMap((packages) => [...packages]));
    return compareRelease(release, all, new Set(own.map(repositoryOf)));
  });
}

function compareRelease(release, packages, repositories) {
  const row = ALPINE.find((one) => one.release === release);
  if (row === undefined) {
    const has = VERSIONED.flatMap(({ name }) =>
      packages.has(name) ? [`${name} ${packages.get(name).join(", ")}`] : [],
    );
    return [{ kind: "there", text: `Alpine ${release}${has.length === 0 ? "" : `, with ${has.join("; ")}`}` }];
  }
  const given = VERSIONED.filter(({ repository }) => repositories.has(repository));
  const versioned = given.flatMap(({ name, column }) => compareVersion(release, name, row[column], packages.get(name)));
  if (!repositories.has("community")) return versioned;
  const present = PRESENT.map((name) =>
    packages.has(name) ? { kind: "agrees" } : { kind: "gone", text: `${name} in Alpine ${release}` },
  );
  const absent = ABSENT.map((name) =>
    packages.has(name)
      ? { kind: "there", text: `${name} ${packages.get(name).join(", ")} in Alpine ${release}` }
      : { kind: "agrees" },
  );
  return [...versioned, ...present, ...absent];
}

/** No finding where neither knows anything. */
function compareVersion(release, name, expected, found) {
  if (expected === undefined && found === undefined) return [];
  if (expected === undefined) return [{ kind: "there", text: `${name} ${found.join(", ")} in Alpine ${release}` }];
  if (found === undefined) return [{ kind: "gone", text: `${name} ${told(expected)} in Alpine ${release}` }];
  if (found.every((version) => expected.versions.some((one) => isOf(version, one)))) return [{ kind: "agrees" }];
  return [
    {
      kind: "version",
      text: `${name} in Alpine ${release}: ${told(expected)} in the table, ${found.join(", ")} there`,
    },
  ];
}

function told({ versions, seen }) {
  return `${versions.join(" or ")}${seen ? "" : "?"}`;
}

/** Whether `2.2.1-r3` is 2.2.1, or one of 2.2. */
function isOf(version, expected) {
  const upstream = version.replace(/-r\d+$/, "");
  return upstream === expected || upstream.startsWith(`${expected}.`);
}

/** Only main has the C library. */
function repositoryOf(packages) {
  return packages.has("musl") ? "main" : "community";
}
