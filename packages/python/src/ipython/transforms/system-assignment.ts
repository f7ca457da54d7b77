import { EQUALS, EXCLAMATION } from "../../ascii.ts";
import { Kind } from "../../tokenizer/tokenizer.ts";
import { skipSpaces } from "../text/spaces.ts";
import { outputCall } from "./calls.ts";
import { replaceContinued } from "./continued.ts";
import type { Transform } from "./transform.ts";

/** `a = !command`, unless its line begins with the `=` */
export const systemAssignment: Transform = {
  priority: 10,
  find({ assignment, assigned: [mark] }, lines) {
    if (assignment === undefined || mark?.code !== EXCLAMATION || mark.kind !== Kind.operator) return undefined;
    const line = lines[assignment.row]!;
    if (line.charCodeAt(skipSpaces(line)) === EQUALS) return undefined;
    return { row: mark.row, column: mark.column };
  },
  apply: (lines, match) => replaceContinued(lines, match, (command) => outputCall(command.slice(1))),
};
