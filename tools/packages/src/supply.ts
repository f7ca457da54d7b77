import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import satisfies from "spdx-satisfies";
import { bundledIn, type ForeignCode, type ForeignData } from "./bundled.ts";
import { type InstalledPackage, productionTree } from "./installed.ts";

/** Licenses that ask for nothing but a notice, so that anybody may use what depends on them: SPDX identifiers. */
const ALLOWED = ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "Unicode-3.0"];

/** What npm runs when a package is installed from a registry. */
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall"];

/**
 * What is wrong with the packages that users install with one of ours, and with what is bundled into it.
 *
 * @param directory - Folder of the package, built and with its dependencies installed.
 * @returns sentences.
 */
export function supplyFaults(directory: string): readonly string[] {
  const { data, code, foreign } = bundledIn(directory);
  return [
    ...productionTree(directory).flatMap((item) => [...licenseFaults(item), ...scriptFaults(item)]),
    ...data
      .filter(({ license }) => !isAllowed(license))
      .map(({ name, license }) => `${name}, in the build, has the license ${license}, which is not allowed`),
    ...data.flatMap((item) => noticeFaults(directory, item)),
    ...code.flatMap(licenseFaults),
    ...code.flatMap((item) => codeNoticeFaults(directory, item)),
    ...foreign.map((source) => `${source} of another package is in the build: make that a dependency`),
  ];
}

/** The license of data asks that its notice goes where the data goes. */
function noticeFaults(directory: string, { name, version, license, copyright }: ForeignData): readonly string[] {
  const path = join(directory, "THIRD-PARTY.md");
  const notice = existsSync(path) ? readFileSync(path, "utf8") : "";
  const asked = [`## ${name} ${version}`, `License: \`${license}\``, copyright];
  const missing = asked.filter((text) => !notice.includes(text));
  return missing.map((text) => `${name} is in the build, and THIRD-PARTY.md lacks "${text}"`);
}

/** So does that of code; and it is that of the version that is in the build. */
function codeNoticeFaults(directory: string, code: ForeignCode): readonly string[] {
  const { name } = code.manifest;
  const path = join(directory, "THIRD-PARTY.md");
  const notice = existsSync(path) ? readFileSync(path, "utf8") : "";
  return notice.includes(codeNotice(code)) ? [] : [`${name} is in the build, and THIRD-PARTY.md lacks its notice`];
}

/** What `THIRD-PARTY.md` is to have of a package: its name and its license, word by word. */
function codeNotice({ directory, manifest: { name, license } }: ForeignCode): string {
  const file = readdirSync(directory).find((each) => /^licen[cs]e/i.test(each));
  const text = file === undefined ? "" : readFileSync(join(directory, file), "utf8").trim();
  const fence = text.includes("```") ? "````" : "```";
  return `## ${name}\n\nLicense: \`${license}\`.\n\n${fence}text\n${text}\n${fence}\n`;
}

/**
 * The whole `THIRD-PARTY.md` of a package with a web page: what of others is in that.
 *
 * @param dataNotices - A `THIRD-PARTY.md` that has the notices of data.
 */
export function pageNotices(directory: string, dataNotices: string): string {
  const { data, code } = bundledIn(directory);
  const sections = dataNotices.split(/^(?=## )/m).map((section) => `${section.trimEnd()}\n`);
  const known = ({ name, version }: ForeignData) =>
    sections.filter((text) => text.startsWith(`## ${name} ${version}\n`));
  const what = data.length > 0 ? "code and data" : "code";
  const head = `# Third-party notices\n\nThe web page in this package has ${what} of others in it, which are not under its own license.\n`;
  return [head, ...data.flatMap(known), ...code.map(codeNotice)].join("\n");
}

function licenseFaults({
  manifest: { name, version, license },
}: Pick<InstalledPackage, "manifest">): readonly string[] {
  if (typeof license === "string" && isAllowed(license)) return [];
  return [`${name}@${version} has the license ${license ?? "(none)"}, which is not allowed`];
}

/** Is a license, or a combination of several by `AND` and `OR`, among those that are allowed? */
export function isAllowed(license: string): boolean {
  try {
    return satisfies(license, ALLOWED);
  } catch {
    // No SPDX expression, as "SEE LICENSE IN …".
    return false;
  }
}

function scriptFaults({ directory, manifest }: InstalledPackage): readonly string[] {
  const { name, version, scripts = {}, gypfile } = manifest;
  const run = INSTALL_SCRIPTS.filter((script) => scripts[script] !== undefined);
  // npm compiles what has this file, without any script.
  if (gypfile !== false && existsSync(join(directory, "binding.gyp"))) run.push("binding.gyp");
  return run.map((script) => `${name}@${version} runs something when it is installed: ${script}`);
}
