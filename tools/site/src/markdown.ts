import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { MarkdownOptions } from "vitepress";
import { withoutHidden } from "../../examples/src/extract.ts";
import { resolveLink, type Sources } from "./places.ts";

type MarkdownIt = Parameters<NonNullable<MarkdownOptions["config"]>>[0];
type Token = ReturnType<MarkdownIt["parse"]>[number];

/** What VitePress tells of the page that is rendered. */
interface Environment {
  /** Absolute path of the file. */
  readonly path: string;
  readonly realPath?: string;
}

/** Links and pictures of the repository's files, as the site needs them. */
export function repositoryMarkdown(md: MarkdownIt, root: string, sources: Sources): void {
  md.core.ruler.push("repository-links", ({ tokens, env }) => {
    const file = relative(root, fileOf(env)).replaceAll("\\", "/");
    for (const token of tokens.flatMap((each) => [each, ...(each.children ?? [])])) {
      if (token.type === "link_open") mapLink(token, file, root, sources);
      alignByClass(token);
      // What prepares an example is for its test, and would be found by the search.
      if (token.type === "html_block") token.content = withoutHidden(token.content);
    }
  });
  const image = md.renderer.rules.image!;
  md.renderer.rules.image = (tokens, index, options, env, self) => {
    const token = tokens[index]!;
    const source = token.attrGet("src") ?? "";
    if (!source.endsWith(".svg")) return image(tokens, index, options, env, self);
    return inlinePicture(join(dirname(fileOf(env)), source), token.content);
  };
}

function fileOf({ path, realPath }: Environment): string {
  return realPath ?? path;
}

function mapLink(token: Token, file: string, root: string, sources: Sources): void {
  const href = token.attrGet("href") ?? "";
  if (/^(?:[a-z][a-z+.-]*:|\/)/i.test(href)) return;
  const { url, isSource } = resolveLink(file, href, root, sources);
  token.attrSet("href", url);
  // It is no page of the application: the browser has to load it.
  if (isSource) token.attrSet("target", "_self");
}

/** Columns are aligned by an attribute `style`, which the site's policy forbids. */
function alignByClass(token: Token): void {
  const alignment = /^text-align:(\w+)$/.exec(String(token.attrGet("style") ?? ""))?.[1];
  if (alignment === undefined) return;
  token.attrs = token.attrs!.filter(([name]) => name !== "style");
  token.attrJoin("class", `align-${alignment}`);
}

/**
 * A drawing as a part of the page, so that it has the colours of the theme. Its own style sheet is for where the file is
 * shown by itself.
 */
function inlinePicture(path: string, description: string): string {
  const svg = readFileSync(path, "utf8")
    .replace(/<\?xml.*?\?>\s*/s, "")
    .replace(/<style>.*?<\/style>\s*/s, "")
    .replace(/<title>.*?<\/title>\s*/s, "")
    .replaceAll(/\n\s*/g, "");
  const label = description.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  return svg.replace("<svg ", `<svg class="picture" role="img" aria-label="${label}" v-pre `);
}
