/** Thrown where a plan needs to know what only a step before it will show. */
export class NotKnownYet extends Error {
  constructor(
    /** Short name of the node that cannot be looked at; nothing when it is the cluster's API. */
    readonly node: string | undefined,
    /** When it will be known: "once minion1 runs". */
    readonly until: string,
    /** The machine is still to be made: nothing is on it, whatever there was under its name. */
    readonly isNew = false,
  ) {
    super(`not known yet: ${until}`);
    this.name = "NotKnownYet";
  }
}
