import { Source } from "../tokenizer/source.ts";
import { cellError, type Place, Segments } from "./segments.ts";
import { type Candidate, compareCandidates, type Replacement, TRANSFORMS } from "./transforms.ts";

/** IPython fails if its last pass still changes something. */
const MAX_PASSES = 500;

/**
 * Rewrite IPython syntax as Python, one match at a time. IPython tokenizes the whole cell again after each, as the
 * rewritten text may change what follows; here only the changed lines are tokenized again.
 *
 * @param cleanedLines - Lines of the cell, without prompts.
 * @param dropped - How many lines of the cell come before them.
 * @throws SeamlessError `INVALID_BUFFER` where IPython fails: wrong indentation, or too many matches.
 */
export function applyTransforms(cleanedLines: readonly string[], dropped: number): readonly string[] {
  const lines = [...cleanedLines];
  const numbers = lines.map((_, i) => dropped + i + 1);
  const segments = new Segments(lines, Source.isClean(lines.join("")), numbers);
  const failed = new Set<Candidate>();
  let from: Place = { previous: undefined, segment: segments.first, row: 0 };
  for (let left = MAX_PASSES; ; ) {
    failIfFatal(segments);
    from = skipEmpty(from);
    const found = firstReplacement(from, lines, failed, left);
    if (found === undefined) return lines;
    const { place, replacement } = found;
    left -= replacement.passes ?? 1;
    if (left <= 0) throw cellError(`the cell is still changing after ${MAX_PASSES} transformations of IPython syntax`);
    lines.splice(replacement.row, replacement.count, replacement.line);
    numbers.splice(replacement.row, replacement.count, numbers[replacement.row]!);
    const updated = segments.update(place, replacement.row + replacement.count, 1 - replacement.count);
    if (place.segment === from.segment) from = updated;
  }
}

/** The first segment with candidates from a place on, or the last one. Those before the place never get any. */
function skipEmpty(from: Place): Place {
  let place = from;
  while (place.segment.candidates.length === 0) {
    const after = placeAfter(place);
    if (after === undefined) break;
    place = after;
  }
  return place;
}

function placeAfter({ segment, row }: Place): Place | undefined {
  return segment.next && { previous: segment, segment: segment.next, row: row + segment.rows };
}

/** Fail where IPython does in this pass: only the last segment can have an error. */
function failIfFatal({ first, last }: Segments): void {
  if (last.failure === undefined) return;
  const fatal = last.candidates.find(({ match }) => match.fatal !== undefined);
  if (fatal !== undefined) {
    // A transform that matches earlier does not look further.
    for (let segment = first; segment !== last; segment = segment.next!)
      if (segment.candidates.some(({ transform }) => transform === fatal.transform)) return;
  }
  throw last.failure;
}

/** Each transform has its first match: the first of these that can be rewritten. */
function firstReplacement(from: Place, lines: readonly string[], failed: Set<Candidate>, passes: number) {
  const tried = new Set<number>();
  for (let place: Place | undefined = from; place !== undefined; place = placeAfter(place)) {
    const { candidates } = place.segment;
    if (candidates.length === 0) continue;
    for (const candidate of [...candidates].sort(compareCandidates)) {
      if (tried.has(candidate.transform)) continue;
      tried.add(candidate.transform);
      if (failed.has(candidate)) continue;
      const replacement = apply(candidate, lines, place.row, passes);
      if (replacement !== undefined) return { place, replacement };
      failed.add(candidate);
    }
    if (tried.size === TRANSFORMS.length) return undefined;
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
