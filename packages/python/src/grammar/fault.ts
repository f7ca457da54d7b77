/** Why a text is not Python, and where. */
export interface Fault {
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** In UTF-16 units, from 1. */
  readonly column: number;
}
