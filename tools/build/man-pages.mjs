// Run in a package after its build: writes the manual pages that a module makes to `man/`, and removes that module, which is of no
// use to who installs the package.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const FOLDER = "dist/of-the-build";

const { manPages } = await import(pathToFileURL(resolve(FOLDER, "man-pages.cjs")).href);
const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const pages = await manPages(version);
rmSync("man", { recursive: true, force: true });
mkdirSync("man");
for (const [file, page] of Object.entries(pages)) writeFileSync(join("man", file), page);
rmSync(FOLDER, { recursive: true });
