/** A link of a Markdown file to a place in the repository. */
export interface Link {
  /** Line it is on, from 1. */
  readonly line: number;
  /** Relative to the folder of the file; empty for the file itself. */
  readonly path: string;
  /** Behind the `#`, if there is one. */
  readonly anchor: string | undefined;
}

const LINK = /\]\(([^)\s]+)\)/g;

function isRelative(target: string): boolean {
  return !/^[a-z][a-z+.-]*:/i.test(target);
}

/** The relative links of a Markdown file, but those in fenced blocks. */
export function relativeLinks(text: string): readonly Link[] {
  return prose(text).flatMap((content, i) =>
    Array.from(content.matchAll(LINK), ([, target]) => target!)
      .filter(isRelative)
      .map((target) => {
        const [path = "", anchor] = target.split("#");
        return { line: i + 1, path: decodeURI(path), anchor };
      }),
  );
}

/** The same text, each relative link replaced by what `to` makes of it. */
export function mapRelativeLinks(text: string, to: (target: string) => string): string {
  const outside = prose(text);
  return text
    .split("\n")
    .map((line, i) =>
      outside[i] === "" ? line : line.replace(LINK, (all, target) => (isRelative(target) ? `](${to(target)})` : all)),
    )
    .join("\n");
}

/** What the headings of a Markdown file are called in links, as GitHub names them: `#the-packages`. */
export function anchors(text: string): ReadonlySet<string> {
  const headings = prose(text).flatMap((line) => /^#{1,6} +(.*?) *$/.exec(line)?.[1] ?? []);
  return new Set(headings.map(slug));
}

/** What a heading is called in links. */
export function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");
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
