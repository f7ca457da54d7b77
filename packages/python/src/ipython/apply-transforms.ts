import { Source } from "../tokenizer/source.ts";
import { cellError, type Place, Segments } from "./segments.ts";
import { type Candidate, compareCandidates, type Replacement, TRANSFORMS } from "./transforms.ts";

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
export function applyTransforms(cleanedLines: readonly string[], dropped: number): readonly string[] {
  const lines = [...cleanedLines];
  const numbers = lines.map((_, i) => dropped + i + 1);
  const segments = new Segments(lines, Source.isClean(lines.join("")), numbers);
  const failed = new Set<Candidate>();
  let from: Place = { previous: undefined, segment: segments.first, row: 0 };
  for (let left = MAX_PASSES; ; ) {
    throwFailure(segments);
    from = skipEmpty(from);
    const found = firstReplacement(from, lines, failed, left);
    if (found === undefined) return lines;
    const { place, replacement } = found;
    left -= replacement.passes ?? 1;
    if (left <= 0) throw cellError(`still changing after ${MAX_PASSES} transformations of IPython syntax`);
    lines.splice(replacement.row, replacement.count, replacement.line);
    numbers.splice(replacement.row, replacement.count, numbers[replacement.row]!);
    const updated = segments.update(place, replacement.row + replacement.count, 1 - replacement.count);
    if (place.segment === from.segment) from = updated;
  }
}

/** The first segment from a place on that something was found in, or the last; none before the place ever has. */
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

/** What IPython fails on in this pass: only the last segment can have such a thing. */
function throwFailure({ first, last }: Segments): void {
  if (last.failure === undefined) return;
  const fatal = last.candidates.find(({ match }) => match.fatal !== undefined);
  if (fatal !== undefined) {
    // A transform that finds something earlier does not get there.
    for (let segment = first; segment !== last; segment = segment.next!)
      if (segment.candidates.some(({ transform }) => transform === fatal.transform)) return;
  }
  throw last.failure;
}

/** The first of the transforms' first matches that can be rewritten. */
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
