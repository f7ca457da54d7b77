import { PERCENT } from "../../ascii.ts";
import { Kind } from "../../tokenizer/tokenizer.ts";
import { magicCall } from "./calls.ts";
import { replaceContinued } from "./continued.ts";
import type { Transform } from "./transform.ts";

/** `a = %magic` */
export const magicAssignment: Transform = {
  priority: 10,
  find({ assigned: [percent, name] }) {
    if (percent?.code !== PERCENT) return undefined;
    const { row, column } = percent;
    // Tokens that end right here, as in `a = %"""`.
    if (name === undefined) return { row, column, fatal: "the tokens end after `= %`" };
    return name.kind === Kind.name ? { row, column } : undefined;
  },
  apply: (lines, match) => replaceContinued(lines, match, (command) => magicCall(command.slice(1))),
};
