import { createHash } from "node:crypto";

/** A source list for each directive of the policy of a page. */
type Directives = Readonly<Record<string, readonly string[]>>;

/** For a page whose reader names hosts to fetch from. */
export const ANY_HOST: Directives = { "connect-src": ["'self'", "https:", "http:"] };

/** What a page may load and run: its own files, and the inline scripts that stand in it when it is built. */
function directives(scripts: readonly string[]): Directives {
  return {
    "default-src": ["'none'"],
    "script-src": ["'self'", ...scripts],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
  };
}

const INLINE_SCRIPT = /<script(?![^>]*\ssrc=)[^>]*>(.*?)<\/script>/gs;

/**
 * A built page with its Content-Security-Policy, before all that it is about. Only inline scripts that are in the page
 * now are allowed, by their hashes.
 *
 * @param html - The whole page.
 * @param others - Directives in place of those that pages have.
 * @throws {Error} if it has no `<meta charset>`.
 */
export function withPolicy(html: string, others: Directives = {}): string {
  const hashes = [...html.matchAll(INLINE_SCRIPT)].map(
    ([, script]) => `'sha256-${createHash("sha256").update(script!).digest("base64")}'`,
  );
  const policy = Object.entries({ ...directives([...new Set(hashes)].sort()), ...others })
    .map(([name, sources]) => [name, ...sources].join(" "))
    .join("; ");
  const [charset] = /<meta charset="utf-8">/.exec(html) ?? [];
  if (charset === undefined) throw new Error("a page has no place for its policy: no <meta charset>");
  return html.replace(charset, `${charset}\n    <meta http-equiv="Content-Security-Policy" content="${policy}">`);
}

/**
 * A page without attributes `style`, which the policy forbids. The default theme sets one of its two again by script; the
 * other is in the style sheet.
 */
export function withoutStyles(html: string): string {
  return html.replaceAll(/(<[a-z][^>]*?) style="[^"]*"/g, "$1");
}
