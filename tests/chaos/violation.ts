/** Something that must not happen, whatever a run does to the servers. */

export interface Violation {
  readonly what: string;
  /** Whose connection it is about, if it is about one. */
  readonly locationId: string | null;
}
