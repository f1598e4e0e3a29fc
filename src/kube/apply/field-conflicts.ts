import { fieldsOf, groupsIn, textOf } from "../fields.js";

/** A field that an apply without force would change, and who owns it. */
export interface FieldConflict {
  readonly manager: string;
  /** As the API writes it: `.spec.replicas`. */
  readonly field: string;
}

/** The cause of the API's 409 for such a field. */
export const FIELD_CONFLICT = "FieldManagerConflict";

/** The conflicts in the details of the API's Status. */
export function conflictsIn(details: unknown): readonly FieldConflict[] {
  return groupsIn(fieldsOf(details)["causes"])
    .filter(({ reason }) => reason === FIELD_CONFLICT)
    .map(({ message, field }) => ({
      manager: /"([^"]+)"/.exec(textOf(message) ?? "")?.[1] ?? "another",
      field: textOf(field) ?? "",
    }));
}
