// Run in a package after tsup: writes the manual pages that `dist/man-pages.js` makes to `man/`, and removes that module, which is of
// no use to who installs the package.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const MODULE = "dist/man-pages.js";

const { manPages } = await import(pathToFileURL(resolve(MODULE)).href);
const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const pages = await manPages(version);
rmSync("man", { recursive: true, force: true });
mkdirSync("man");
for (const [file, page] of Object.entries(pages)) writeFileSync(join("man", file), page);
for (const file of [MODULE, `${MODULE}.map`]) rmSync(file);
