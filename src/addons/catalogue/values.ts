import { AlpineK8sError } from "../../base/errors.js";
import { nearest } from "../../model/spec/problems.js";
import type { CatalogueEntry, Parameter, ParameterValue } from "./entry.js";

/**
 * The values of an entry's parameters: the user's, else those by default. Throws `usage` for a parameter that there is
 * not and a value of a wrong type, naming all of them.
 */
export function valuesFor(
  { name, parameters }: Pick<CatalogueEntry, "name" | "parameters">,
  given: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, ParameterValue>> {
  const problems = Object.entries(given).flatMap(([key, value]) => {
    const parameter = Object.hasOwn(parameters, key) ? parameters[key] : undefined;
    const what = parameter === undefined ? unknown(key, Object.keys(parameters)) : wrong(parameter, value);
    return what === undefined ? [] : [`${key}: ${what}`];
  });
  if (problems.length > 0) {
    throw new AlpineK8sError("usage", `values of the add-on ${name}: ${problems.join("; ")}`, {
      hints: [`alpine-k8s addons status ${name}`, `correct values of ${name} in spec.addons`],
    });
  }
  return Object.fromEntries(
    Object.entries(parameters).map(([key, parameter]) => [key, (given[key] ?? parameter.default) as ParameterValue]),
  );
}

function unknown(key: string, names: readonly string[]): string {
  const meant = nearest(key, names);
  if (meant !== undefined) return `there is no such value; did you mean ${meant}?`;
  return `there is no such value; there is: ${names.length === 0 ? "none" : names.join(", ")}`;
}

function wrong({ type, choices }: Parameter, value: unknown): string | undefined {
  const fits =
    type === "integer" ? Number.isSafeInteger(value) : typeof value === type && !/[\u0000-\u001f]/.test(String(value));
  if (!fits)
    return `must be ${type === "integer" ? "a whole number" : type === "boolean" ? "true or false" : "one line of text"}`;
  if (choices === undefined || choices.includes(String(value))) return undefined;
  return `must be one of ${choices.join(", ")}`;
}
