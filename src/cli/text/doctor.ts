import type { DoctorReport } from "../../operations/doctor/doctor.js";

type Finding = DoctorReport["checks"][number];

/** The report as people read it, by place: each failure with one command; passed checks only with `verbose`. */
export function doctorText(report: DoctorReport, { verbose }: { readonly verbose: boolean }): string {
  const places = [...new Set(report.checks.map(({ on }) => on))];
  const groups = places.flatMap((place) => {
    const shown = report.checks.filter((finding) => finding.on === place && isShown(finding, verbose));
    return shown.length === 0 ? [] : [heading(place), ...shown.flatMap(lines), ""];
  });
  return [...groups, closing(report)].join("\n");
}

/** A skipped `reach` is shown, because nothing was checked on that node; other skipped checks do not apply here. */
function isShown({ state, id, fixed }: Finding, verbose: boolean): boolean {
  return verbose || state === "failed" || fixed !== null || (state === "skipped" && id === "reach");
}

function lines(finding: Finding): string[] {
  const word = finding.state === "failed" ? finding.weight : finding.fixed === null ? finding.state : "fixed";
  const evidence = finding.evidence.split("\n").join("\n           ");
  return [
    `  ${word.padEnd(7)}  ${finding.id}${evidence === "" ? "" : `: ${evidence}`}`,
    ...(finding.fixed === null ? [] : [`           --fix: ${finding.fixed}`]),
    ...(finding.command === null ? [] : [`           $ ${finding.command}`]),
  ];
}

function closing({ checks, errors, warnings, passed, skipped, fixed }: DoctorReport): string {
  const counts = [
    `${passed} in order`,
    `${errors} error${errors === 1 ? "" : "s"}`,
    `${warnings} warning${warnings === 1 ? "" : "s"}`,
    `${skipped} skipped`,
    ...(fixed === 0 ? [] : [`${fixed} repaired`]),
  ];
  return `${checks.length} checks: ${counts.join(", ")}.`;
}

/** The place with a capital letter; a node's name, which has no space, stays as it is. */
function heading(place: string): string {
  return place.includes(" ") ? `${place[0]?.toUpperCase() ?? ""}${place.slice(1)}` : place;
}
