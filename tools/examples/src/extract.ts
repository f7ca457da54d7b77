/** What an example is written in: code, which is run, or configuration (units of systemd, nginx), which is checked. */
export type Language = "js" | "ts" | "sh" | "ini" | "nginx";

/** A piece of code out of a doc comment or a Markdown file. */
export interface Example {
  /** Path of the file it is in, for titles and messages. */
  readonly file: string;
  /** Line of its `@example` tag or opening fence, from 1. The code starts on the next. */
  readonly line: number;
  readonly language: Language;
  readonly code: string;
  /** Shell code that runs before it, and is not shown: what takes the place of the reader's own files and servers. */
  readonly prepare?: string;
}

/** Opens a comment of Markdown with shell code for the block after it, up to a line `-->`. */
const HIDDEN = "<!-- sh";

// Only a comment that opens its line: `/**` also occurs in strings, as in "src/**/*.ts".
const DOC_COMMENT = /^[ \t]*\/\*\*(?!\/)[\s\S]*?\*\//gm;
const FENCE = /^( *)(`{3,}|~{3,})\s*([\w-]*)/;

/**
 * Every `@example` of the doc comments of a TypeScript file, from the tag to the next tag. A fence around the code, for
 * editors that show Markdown, is no part of it.
 *
 * @param text - The source.
 * @param file - Its path, for titles.
 */
export function docExamples(text: string, file: string): readonly Example[] {
  const examples: Example[] = [];
  for (const { 0: comment, index } of text.matchAll(DOC_COMMENT)) {
    const firstLine = lineNumber(text, index);
    const lines = comment
      .replace(/\s*\*\/$/, "")
      .split("\n")
      .map((line) => line.replace(/^\s*(?:\/\*\*|\*) ?/, ""));
    for (const [i, line] of lines.entries()) {
      if (!/^@example\b/.test(line)) continue;
      const next = lines.findIndex((other, j) => j > i && /^@[a-z]/i.test(other));
      const body = lines.slice(i + 1, next === -1 ? undefined : next);
      const place = { file, line: firstLine + i };
      examples.push(fences(body, place)[0] ?? { ...place, language: "js", code: join(body) });
    }
  }
  return examples;
}

/**
 * The fenced blocks of a Markdown file, by the first word after the fence.
 *
 * @param text - The Markdown.
 * @param file - Its path, for titles.
 * @param languages - Only those in one of these; by default all, also what is no language of an example.
 * @throws {Error} for hidden shell code before another block than one of shell.
 */
export function markdownExamples(text: string, file: string, languages?: readonly Language[]): readonly Example[] {
  const all = fences(text.split("\n"), { file, line: 0 });
  return languages === undefined ? all : all.filter(({ language }) => languages.includes(language));
}

/**
 * What an example says it prints: the text behind each `// → ` (in a shell `# → `), in order, at the end of a line of
 * code or on a line of its own.
 */
export function expectedOutput({ code, language }: Example): readonly string[] {
  const mark = language === "sh" ? /(?:^|\s)# →(?: (.*))?$/ : /(?:^|\s)\/\/ →(?: (.*))?$/;
  return code.split("\n").flatMap((line) => {
    const match = mark.exec(line.trimEnd());
    return match === null ? [] : [match[1] ?? ""];
  });
}

/** Takes hidden shell code out of a page for readers. */
export function withoutHidden(text: string): string {
  return text.replaceAll(/^<!-- sh\n.*?^-->\n+/gms, "");
}

/** Fenced blocks, each to the fence that closes it; what is indented with its fence is outdented. */
function fences(lines: readonly string[], { file, line }: { file: string; line: number }): readonly Example[] {
  const blocks: Example[] = [];
  let prepare: string | undefined;
  for (let i = 0; i < lines.length; i++) {
    if (lines[i] === HIDDEN) {
      const end = lines.indexOf("-->", i);
      prepare = join(lines.slice(i + 1, end === -1 ? undefined : end));
      if (end === -1) break;
      i = end;
      continue;
    }
    const open = FENCE.exec(lines[i]!);
    if (open === null) continue;
    const [, indent, fence, language] = open as unknown as [string, string, string, string];
    const closes = (other: string) => other.trim().startsWith(fence) && /^[`~]+$/.test(other.trim());
    const end = lines.findIndex((other, j) => j > i && closes(other));
    const body = lines.slice(i + 1, end === -1 ? undefined : end);
    const code = join(body.map((text) => (text.startsWith(indent) ? text.slice(indent.length) : text)));
    if (prepare !== undefined && language !== "sh") break;
    const example = { file, line: line + i + 1, language: language as Language, code };
    blocks.push(prepare === undefined ? example : { ...example, prepare });
    prepare = undefined;
    i += body.length + 1;
  }
  if (prepare !== undefined) throw new Error(`${file}: hidden shell code needs a block of shell after it:\n${prepare}`);
  return blocks;
}

function join(lines: readonly string[]): string {
  return `${lines.join("\n").trimEnd()}\n`;
}

function lineNumber(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
