import type { Expressions } from "./expressions.ts";
import { idOf, isName } from "./ids.ts";

const [COMMA, STAR, DOUBLE_STAR, EQUALS, END] = [idOf(","), idOf("*"), idOf("**"), idOf("="), idOf(")")];

/** What was last given by keyword, from which on other arguments are no longer allowed. */
const Stage = { positional: 0, keywords: 1, doubleStar: 2 } as const;

/**
 * From `(` to `)`: what a call or a class is given.
 *
 * @param generator - May it be a generator without parentheses of its own?
 */
export function readArguments(reader: Expressions, generator: boolean): void {
  reader.advance();
  let stage: number = Stage.positional;
  for (let first = true; reader.id !== END; first = false) {
    if (reader.id === STAR) {
      if (stage === Stage.doubleStar) reader.fail("iterable argument unpacking follows keyword argument unpacking");
      reader.advance();
      reader.expression();
    } else if (reader.accept(DOUBLE_STAR)) {
      reader.expression();
      stage = Stage.doubleStar;
    } else if (isName(reader.id) && reader.peek() === EQUALS) {
      reader.advance();
      reader.advance();
      reader.expression();
      stage = Math.max(stage, Stage.keywords);
    } else {
      if (stage !== Stage.positional) reader.fail("positional argument follows keyword argument");
      const { at } = reader;
      reader.namedExpression();
      if (reader.id === EQUALS) reader.fail("a keyword argument has a plain name", at);
      if (generator && first && reader.startsComprehension) {
        reader.comprehension();
        break;
      }
    }
    if (!reader.accept(COMMA)) break;
  }
  reader.expect(END, "')'");
}
