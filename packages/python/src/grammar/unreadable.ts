import type { Fault } from "./fault.ts";
import { positionOf } from "./position.ts";

/** What CPython refuses before it looks at any syntax, wherever it is, be it in a comment. */
const UNREADABLE: readonly (readonly [RegExp, string])[] = [
  [/\0/, "source code cannot contain null bytes"],
  // With the flag `u`, the halves of a pair are no match.
  [/[\ud800-\udfff]/u, "source code cannot contain lone surrogates"],
  [/^\ufeff/, "source code cannot begin with a byte order mark"],
];

export function findUnreadable(text: string): Fault | undefined {
  for (const [pattern, message] of UNREADABLE) {
    const offset = text.search(pattern);
    if (offset >= 0) return { message, ...positionOf(text, offset) };
  }
  return undefined;
}
