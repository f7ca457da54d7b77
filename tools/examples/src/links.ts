/** A link of a Markdown file to a place in the repository. */
export interface Link {
  /** Line it is on, from 1. */
  readonly line: number;
  /** Relative to the folder of the file; empty for the file itself. */
  readonly path: string;
  /** Behind the `#`, if there is one. */
  readonly anchor: string | undefined;
}

/** The relative links of a Markdown file, but those in fenced blocks. */
export function relativeLinks(text: string): readonly Link[] {
  return prose(text).flatMap((content, i) =>
    Array.from(content.matchAll(/\]\(([^)\s]+)\)/g), ([, target]) => target!)
      .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))
      .map((target) => {
        const [path = "", anchor] = target.split("#");
        return { line: i + 1, path: decodeURI(path), anchor };
      }),
  );
}

/** What the headings of a Markdown file are called in links, as GitHub names them: `#the-packages`. */
export function anchors(text: string): ReadonlySet<string> {
  const headings = prose(text).flatMap((line) => /^#{1,6} +(.*?) *$/.exec(line)?.[1] ?? []);
  return new Set(
    headings.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_ -]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** The lines of a Markdown file, those of fenced blocks empty. */
function prose(text: string): readonly string[] {
  let fence: string | undefined;
  return text.split("\n").map((line) => {
    const mark = /^ *(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence)) fence = undefined;
      return "";
    }
    fence = mark;
    return mark === undefined ? line : "";
  });
}
