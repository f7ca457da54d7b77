import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { type DefaultTheme, defineConfig } from "vitepress";
import { slug } from "../../tools/examples/src/links.ts";
import { codeTheme, styleToClass } from "../../tools/site/src/highlight.ts";
import { repositoryMarkdown } from "../../tools/site/src/markdown.ts";
import {
  llmsText,
  type MarkdownPage,
  titleOf,
  withoutMarkup,
  withoutReferences,
  withSiteLinks,
} from "../../tools/site/src/markdown-pages.ts";
import { pageOf, resolveLink } from "../../tools/site/src/places.ts";
import { ANY_HOST, withoutStyles, withPolicy } from "../../tools/site/src/policy.ts";
import { sourceAt, sourcesOf, writeSourcePages } from "../../tools/site/src/source-pages.ts";
import { AREAS, PLAYGROUND, SECTIONS, type Section, SHORT_TITLES } from "./pages.ts";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");
const TITLE = "Seamless for JavaScript";
const DESCRIPTION = "Values, files and folders by their content: the same checksum in JavaScript and Python";
/** Where the site is served, if not at the top of its host: `/seamless/`. */
const base = process.env["SITE_BASE"] ?? "/";
const sources = sourcesOf(root, base);

/** The pages that were made from doc comments: an entry of a package each. */
const reference = readdirSync(join(root, "results/api"), { recursive: true, encoding: "utf8" })
  .map((name) => `results/api/${name.replaceAll("\\", "/")}`)
  .filter((name) => name.endsWith(".md"))
  // Entries of a package come after it.
  .sort((a, b) => (a.replace(/\.md$/, "") < b.replace(/\.md$/, "") ? -1 : 1));
const API: Section = { title: "API", pages: reference };

const read = (file: string) => readFileSync(join(root, file), "utf8");
const groupOf = ({ title, pages }: Section): DefaultTheme.SidebarItem => ({
  text: title,
  items: pages.map((file) => ({ text: SHORT_TITLES[file] ?? titleOf(read(file)), link: `/${pageOf(file)}` })),
});
const sidebar: DefaultTheme.SidebarMulti = Object.fromEntries(
  AREAS.flatMap(({ folders, sections }) => {
    const all = folders.includes("/api/") ? [...sections, API] : sections;
    return folders.map((folder) => [folder, all.map(groupOf)]);
  }),
);

export default defineConfig({
  title: TITLE,
  description: DESCRIPTION,
  lang: "en",
  base,
  head: [["link", { rel: "icon", href: `${base}icon.svg`, type: "image/svg+xml" }]],
  outDir: process.env["SITE_OUT"] ?? join(root, "results/site"),
  cacheDir: join(root, "node_modules/.cache/vitepress"),
  srcDir: "..",
  srcExclude: [
    ".*/**",
    "tools/**",
    "results/*.md",
    "results/!(api)/**",
    "examples/**",
    "packages/*/!(README).md",
    "packages/*/*/**",
  ],
  rewrites: (file) => pageOf(file) ?? file,
  // Scripts that stand in the page must have a hash in its policy; so this one is a file.
  metaChunk: true,
  // To switch without a transition takes a style sheet that a script makes, which the policy forbids.
  appearance: { disableTransition: false },
  // What a visitor does not open is not loaded.
  router: { prefetchLinks: false },
  // The order in which pages are indexed for the search is then that of the pages.
  buildConcurrency: 1,
  vite: {
    publicDir: fileURLToPath(new URL("../public", import.meta.url)),
    plugins: [
      {
        name: "sources",
        // While pages are being worked on; the built site has them as files.
        configureServer({ middlewares }) {
          middlewares.use((request, response, next) => {
            const path = decodeURI((request.url ?? "").split("?")[0]!);
            const page = sourceAt(root, path);
            if (page === undefined) next();
            else response.setHeader("content-type", path.endsWith(".css") ? "text/css" : "text/html").end(page);
          });
        },
      },
    ],
    // So that they can load chunks of their own.
    worker: { format: "es" },
    // The index of the search is loaded when somebody searches.
    build: { chunkSizeWarningLimit: 2_000 },
  },
  markdown: {
    anchor: { slugify: slug },
    theme: codeTheme,
    codeTransformers: [styleToClass],
    config: (md) => repositoryMarkdown(md, root, sources),
  },
  themeConfig: {
    nav: [
      { text: "Try it", link: "/playground" },
      { text: "Guides", link: "/guides/first-data", activeMatch: "^/(guides|concepts)/" },
      { text: "Packages", link: "/packages/core", activeMatch: "^/packages/" },
      { text: "API", link: "/api/", activeMatch: "^/api/" },
    ],
    sidebar,
    outline: [2, 3],
    search: {
      provider: "local",
      options: {
        // What is only exported again is found where it is described.
        _render: (text, env, md) => md.render(env.relativePath.includes("api/") ? withoutReferences(text) : text, env),
      },
    },
    footer: { message: `All pages as Markdown: <a href="${base}llms.txt" target="_self">llms.txt</a>` },
    notFound: { linkLabel: "Take me home" },
  },
  transformHead: ({ page }) =>
    page === "404.md"
      ? []
      : [
          ["link", { rel: "alternate", type: "text/markdown", href: base + page }],
          ["link", { rel: "alternate", type: "text/plain", title: "All pages as Markdown", href: `${base}llms.txt` }],
        ],
  transformHtml: (html, _, { page }) => withPolicy(withoutStyles(html), page === PLAYGROUND ? ANY_HOST : {}),
  buildEnd({ outDir }) {
    writeSourcePages(root, outDir);
    cpSync(join(root, "docs/pictures"), join(outDir, "pictures"), { recursive: true });
    writeMarkdown(outDir);
  },
});

/** The pages as Markdown beside those in HTML, and `llms.txt`, which lists them. */
function writeMarkdown(outDir: string): void {
  const pageAt = (file: string): MarkdownPage => {
    const text = withoutMarkup(read(file));
    const links = (target: string) => {
      // A picture, which pages have in them.
      if (target.endsWith(".svg")) return base + posix.join(posix.dirname(file), target).replace("docs/", "");
      const { url, isSource } = resolveLink(file, target, root, sources);
      return isSource ? url : base + url.slice(1);
    };
    return { path: pageOf(file)!, title: titleOf(text), text: withSiteLinks(text, links) };
  };
  const lists = [...SECTIONS, API].map(({ title, pages }) => ({ title, pages: pages.map(pageAt) }));
  for (const { path, text } of [pageAt("docs/index.md"), ...lists.flatMap(({ pages }) => pages)]) {
    mkdirSync(dirname(join(outDir, path)), { recursive: true });
    writeFileSync(join(outDir, path), text);
  }
  writeFileSync(join(outDir, "llms.txt"), llmsText(TITLE, DESCRIPTION, lists, base));
}
