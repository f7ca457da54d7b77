import { data, Evaluator, Lexer, Parser } from "@actions/expressions";

/** What expressions may ask for: `github`, `matrix`, `needs`, `steps` … */
export type Contexts = Readonly<Record<string, unknown>>;

/** How the job goes so far: what `success()`, `failure()` and `cancelled()` say. */
export type JobStatus = "success" | "failure" | "cancelled";

const STATUS_CALL = /\b(?:success|failure|cancelled|always)\s*\(/;

/** Evaluate one expression, as the platform's own library does. */
function evaluate(expression: string, contexts: Contexts, status: JobStatus): data.ExpressionData {
  const functions = {
    always: true,
    cancelled: status === "cancelled",
    failure: status === "failure",
    success: status === "success",
  };
  const definitions = Object.entries(functions).map(([name, value]) => {
    return { name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(value) };
  });
  const parser = new Parser(new Lexer(expression).lex().tokens, Object.keys(contexts), definitions);
  const given = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary;
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  return new Evaluator(parser.parse(), given, byName).evaluate();
}

/** Put the values of all `${{ … }}` into a text. */
export function substitute(text: string, contexts: Contexts, status: JobStatus = "success"): string {
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_, expression) =>
    evaluate(expression.trim(), contexts, status).coerceString(),
  );
}

/**
 * Does an `if` hold? One that does not ask how the job goes means "and nothing has failed", as one that is not there.
 *
 * @param condition - With or without `${{ }}`.
 */
export function holds(condition: string | undefined, contexts: Contexts, status: JobStatus): boolean {
  const expression = (condition ?? "success()").replace(/^\s*\$\{\{(.*)\}\}\s*$/s, "$1").trim();
  if (!STATUS_CALL.test(expression) && status !== "success") return false;
  const value = evaluate(expression, contexts, status);
  return ![false, 0, "", null].includes(value.kind === data.Kind.Null ? null : (value as data.BooleanData).value);
}
