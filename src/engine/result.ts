/** What a step has found out, for the steps that wait for it. */
export interface Result<T> {
  /** Nothing as long as the step has not given it. */
  readonly value: T | undefined;
}

/** A {@link Result} as the step has it that gives it; given again, the last one counts. */
export interface OwnResult<T> extends Result<T> {
  give(value: T): void;
}

/** Makes a result that is still to be given. */
export function result<T>(): OwnResult<T> {
  let given: T | undefined;
  return {
    get value() {
      return given;
    },
    give: (value) => {
      given = value;
    },
  };
}
