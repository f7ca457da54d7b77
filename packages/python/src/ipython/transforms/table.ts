import { escapedCommand } from "./escaped-command.ts";
import { helpEnd } from "./help-end.ts";
import { magicAssignment } from "./magic-assignment.ts";
import { systemAssignment } from "./system-assignment.ts";
import type { Match, Transform } from "./transform.ts";

/** All transforms, in the order of IPython. */
export const TRANSFORMS: readonly Transform[] = [magicAssignment, systemAssignment, escapedCommand, helpEnd];

/** What a transform found. */
export interface Candidate {
  /** Index of the transform. */
  readonly transform: number;
  readonly match: Match;
}

/** The order in which IPython tries what was found: by place, then by priority, then in the order of the table. */
export function compareCandidates(a: Candidate, b: Candidate): number {
  return (
    a.match.row - b.match.row ||
    a.match.column - b.match.column ||
    TRANSFORMS[a.transform]!.priority - TRANSFORMS[b.transform]!.priority ||
    a.transform - b.transform
  );
}
