import { withoutHidden } from "../../examples/src/extract.ts";
import { mapRelativeLinks } from "../../examples/src/links.ts";

/** A page of the site, as Markdown. */
export interface MarkdownPage {
  /** Path on the site: `packages/cache.md`. */
  readonly path: string;
  readonly title: string;
  readonly text: string;
}

/** The first heading of a page, without marks of Markdown. */
export function titleOf(text: string): string {
  const heading = /^# +(.+?) *$/m.exec(text)?.[1] ?? "";
  return heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll(/[`*\\]/g, "");
}

/** What a page is about: its first paragraph, in one line. */
export function summaryOf(text: string): string {
  const paragraphs = text.split(/\n{2,}/);
  const first = paragraphs.find((each) => /^[\p{L}\p{N}*`"@[]/u.test(each)) ?? "";
  const plain = first
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll("**", "")
    .replaceAll(/\s+/g, " ");
  return /^.*?[.?!](?=\s|$)/.exec(plain)?.[0] ?? plain;
}

/** A page without what only VitePress understands: its head, its components, and classes; and without what is hidden. */
export function withoutMarkup(text: string): string {
  return withoutHidden(text)
    .replace(/^---\n.*?\n---\n+/s, "")
    .replaceAll(/^<[A-Z]\w* \/>\n+/gm, "")
    .replaceAll(/ \{\.[\w-]+\}$/gm, "");
}

/** A page of the reference without what it exports again from other entries. */
export function withoutReferences(text: string): string {
  return text.replace(/^## References\n.*?(?=^## |(?![\s\S]))/ms, "");
}

/**
 * The text of a page with links that lead where the site has it.
 *
 * @param to - Absolute URL path for a link as it stands in the file.
 */
export function withSiteLinks(text: string, to: (target: string) => string): string {
  return mapRelativeLinks(text, (target) => (target.startsWith("#") ? target : to(target)));
}

/**
 * `llms.txt`: what the site has, each page as Markdown.
 *
 * @param base - Path that the site is served under, with a slash at both ends.
 * @see https://llmstxt.org
 */
export function llmsText(
  title: string,
  description: string,
  sections: readonly { readonly title: string; readonly pages: readonly MarkdownPage[] }[],
  base: string,
): string {
  const lists = sections.map(({ title, pages }) => {
    const lines = pages.map((page) => {
      const summary = summaryOf(page.text);
      return `- [${page.title}](${base}${page.path})${summary === "" ? "" : `: ${summary}`}`;
    });
    return [`## ${title}`, "", ...lines].join("\n");
  });
  return `${[`# ${title}`, `> ${description}`, ...lists].join("\n\n")}\n`;
}
