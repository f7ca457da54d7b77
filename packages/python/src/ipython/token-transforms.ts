import { refuse } from "./refuse.ts";
import { Segments } from "./segments.ts";
import { Source } from "./tokenizer/source.ts";
import { type Candidate, compareCandidates, TRANSFORMS } from "./transforms/table.ts";
import type { Replacement } from "./transforms/transform.ts";

/** IPython gives up if its last pass still changes something. */
const MAX_PASSES = 500;

/**
 * Rewrite what is not Python, one piece at a time. IPython reads all tokens again after each, as what follows such a
 * piece may look different once it is Python; here only what changed is read again.
 *
 * @param cleanedLines - Lines of the cell.
 * @param dropped - How many lines of the cell stand before them.
 * @throws SeamlessError `INVALID_BUFFER` for indentation that Python refuses, or too many pieces.
 */
export function transformTokens(cleanedLines: readonly string[], dropped: number): readonly string[] {
  const lines = [...cleanedLines];
  const numbers = lines.map((_, i) => dropped + i + 1);
  const segments = new Segments(lines, Source.isClean(lines.join("")), numbers);
  const failed = new Set<Candidate>();
  for (let left = MAX_PASSES, from = { index: 0, row: 0 }; ; ) {
    throwFailure(segments);
    from = skipEmpty(segments, from);
    const found = firstReplacement(segments, lines, from, failed, left);
    if (found === undefined) return lines;
    const { index, row, replacement } = found;
    left -= replacement.passes ?? 1;
    if (left <= 0) throw refuse(`still changing after ${MAX_PASSES} transformations of IPython syntax`);
    lines.splice(replacement.row, replacement.count, replacement.line);
    numbers.splice(replacement.row, replacement.count, numbers[replacement.row]!);
    segments.update(index, row, replacement.row + replacement.count, 1 - replacement.count);
  }
}

/** A segment and its first line. */
interface Place {
  readonly index: number;
  readonly row: number;
}

/** The first segment from a place on that something was found in; none before the place ever has. */
function skipEmpty(segments: Segments, { index, row }: Place): Place {
  let at = index;
  let first = row;
  while (at < segments.length && segments.at(at).candidates.length === 0) first += segments.at(at++).rows;
  return { index: at, row: first };
}

/** What IPython fails on in this pass: only the last segment can have such a thing. */
function throwFailure(segments: Segments): void {
  const { failure, candidates } = segments.at(segments.length - 1);
  if (failure === undefined) return;
  const fatal = candidates.find(({ match }) => match.fatal !== undefined);
  if (fatal !== undefined) {
    // A transform that finds something earlier does not get there.
    for (let i = 0; i + 1 < segments.length; i++)
      if (segments.at(i).candidates.some(({ transform }) => transform === fatal.transform)) return;
  }
  throw failure;
}

/** The first of the transforms' first matches that can be rewritten. */
function firstReplacement(
  segments: Segments,
  lines: readonly string[],
  from: Place,
  failed: Set<Candidate>,
  passes: number,
) {
  const tried = new Set<number>();
  let { index, row } = from;
  for (; index < segments.length && tried.size < TRANSFORMS.length; row += segments.at(index++).rows) {
    const { candidates } = segments.at(index);
    if (candidates.length === 0) continue;
    for (const candidate of [...candidates].sort(compareCandidates)) {
      if (tried.has(candidate.transform)) continue;
      tried.add(candidate.transform);
      if (failed.has(candidate)) continue;
      const replacement = apply(candidate, lines, row, passes);
      if (replacement !== undefined) return { index, row, replacement };
      failed.add(candidate);
    }
  }
  return undefined;
}

function apply(
  { transform, match }: Candidate,
  lines: readonly string[],
  row: number,
  passes: number,
): Replacement | undefined {
  const endRow = (match.endRow ?? match.row) + row;
  return TRANSFORMS[transform]!.apply(lines, { ...match, row: match.row + row, endRow }, passes);
}
