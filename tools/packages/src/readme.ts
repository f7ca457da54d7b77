import { type Example, expectedOutput, markdownExamples } from "@seamless-tools/examples";

/**
 * The first example of a README: its first block in JavaScript or TypeScript, or, if it shows only commands, its first
 * block for a shell that says what it prints (instructions to install say nothing).
 */
export function firstExample(text: string, file: string): Example | undefined {
  const [code] = markdownExamples(text, file, ["js", "ts"]);
  return code ?? markdownExamples(text, file, ["sh"]).find((example) => expectedOutput(example).length > 0);
}
