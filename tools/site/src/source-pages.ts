import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Sources } from "./places.ts";

/**
 * The sources in the repository, if the `package.json` at the top names one, at the commit that is checked out; else on the
 * site itself.
 *
 * @param root - Absolute path of the repository.
 * @param base - Path that the site is served under, with a slash at both ends.
 */
export function sourcesOf(root: string, base: string): Sources {
  const { repository } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  if (repository === undefined) return { urlOf: (file) => `${base}source/${file}.html` };
  const web = (repository.url ?? repository).replace(/^git\+/, "").replace(/(\.git)?\/?$/, "");
  const commit = execFileSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
  return { urlOf: (file) => `${web}/blob/${commit}/${file}` };
}

/** A file, or what is in a folder, with an anchor for each line: `#L12`. */
export function sourcePage(root: string, file: string): string {
  const path = join(root, file);
  const text = statSync(path).isDirectory() ? `${readdirSync(path).sort().join("\n")}\n` : readFileSync(path, "utf8");
  const lines = text.replace(/\n$/, "").split("\n");
  const body = lines.map((line, i) => `<li id="L${i + 1}"><code>${escapeHtml(line)}</code></li>`).join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(file)}</title>
<link rel="stylesheet" href="${"../".repeat(file.split("/").length - 1)}source.css">
</head>
<body>
<main>
<h1>${escapeHtml(file)}</h1>
<ol tabindex="0" aria-label="Lines">
${body}
</ol>
</main>
</body>
</html>
`;
}

const STYLE = `:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0; padding: 1.5rem; }
h1 { margin: 0 0 1rem; font-size: 1.1rem; overflow-wrap: anywhere; }
ol { margin: 0; padding: 0 0 0 4em; overflow-x: auto; font: 13px/1.55 ui-monospace, monospace; }
code { white-space: pre; font: inherit; tab-size: 2; }
:target { background: #ffe58a; color: #111; }
`;

/**
 * The page of a source by its path on the site, where none were written: while pages are being worked on.
 *
 * @param path - `/source/….html`, or the style sheet of these pages.
 * @returns undefined for any other.
 */
export function sourceAt(root: string, path: string): string | undefined {
  if (path === "/source/source.css") return STYLE;
  const file = /^\/source\/(.+)\.html$/.exec(path)?.[1];
  return file === undefined || file.split("/").includes("..") || !existsSync(join(root, file))
    ? undefined
    : sourcePage(root, file);
}

/**
 * Writes the pages of all sources that pages link to.
 *
 * @param site - Folder of the built site.
 */
export function writeSourcePages(root: string, site: string): void {
  const linked = new Set<string>();
  for (const page of readdirSync(site, { recursive: true, encoding: "utf8" })) {
    if (!page.endsWith(".html")) continue;
    const html = readFileSync(join(site, page), "utf8");
    for (const [, file] of html.matchAll(/href="[^"]*?\/source\/([^"#]+)\.html(?:#[^"]*)?"/g)) linked.add(file!);
  }
  for (const file of linked) {
    if (!existsSync(join(root, file))) throw new Error(`a page links to a source that is not there: ${file}`);
    const target = join(site, "source", `${file}.html`);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, sourcePage(root, file));
  }
  if (linked.size > 0) writeFileSync(join(site, "source/source.css"), STYLE);
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
