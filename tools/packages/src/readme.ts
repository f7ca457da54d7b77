import { type Example, expectedOutput, markdownExamples } from "@seamless-tools/examples";

/**
 * The first example of a README: its first block in JavaScript or TypeScript, or, if it shows only commands, its first
 * block for a shell that says what it prints (instructions to install say nothing).
 */
export function firstExample(text: string, file: string): Example | undefined {
  const [code] = markdownExamples(text, file, ["js", "ts"]);
  return code ?? markdownExamples(text, file, ["sh"]).find((example) => expectedOutput(example).length > 0);
}

/** The paragraph that a README has before its package's first release. */
const NOT_YET = /^\*\*Not on npm yet\*\*.*\n\n/m;

/** A README as it is published: what only its readers before the first release need is left out. */
export function publishedReadme(text: string): string {
  return text.replace(NOT_YET, "");
}
