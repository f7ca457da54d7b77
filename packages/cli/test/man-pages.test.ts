import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect } from "vitest";
import { manPages } from "../src/manual/man-pages.ts";
import { allUsages } from "../src/manual/manual.ts";
import { allOptions } from "../src/program/arguments.ts";
import { optionSyntax } from "../src/program/options.ts";
import { COMMANDS } from "./support/commands.ts";
import { system, test, unavailable } from "./support/test.ts";

const FOLDER = fileURLToPath(new URL("../man", import.meta.url));
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const files = readdirSync(FOLDER).sort();
const paths = files.map((file) => join(FOLDER, file));

/** The words of a page, as `man` shows it. */
function shown(path: string): string {
  const env = { ...process.env, LC_ALL: "C.UTF-8", MANWIDTH: "200", MANROFFOPT: "-c" };
  const text = execFileSync("man", ["--no-hyphenation", "--no-justification", "-l", path], { encoding: "utf8", env });
  return text.replaceAll(/.\u0008/g, "").replaceAll(/\s+/g, " ");
}

describe("the manual pages", () => {
  test("are those of all commands, as they were built, and the manifest names them", async () => {
    const pages = await manPages(manifest.version);
    expect(Object.keys(pages).sort()).toEqual(files);
    expect(files).toEqual([...new Set(COMMANDS.map((name) => `${name.replaceAll(" ", "-")}.1`))].sort());
    for (const [i, file] of files.entries()) expect(readFileSync(paths[i]!, "utf8"), file).toBe(pages[file]);
    expect(manifest.man).toEqual(files.map((file) => `./man/${file}`));
  });

  test("are right for mandoc", ({ skip }) => {
    if (system("which", "mandoc") !== "") unavailable(skip, "mandoc is not installed");
    const { status, stdout } = spawnSync("mandoc", ["-Tlint", "-W", "warning", ...paths], { encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });

  test("are right for man, and say what the help says", async ({ skip }) => {
    // Systems without it may have a script of that name.
    if (system("man", "--warnings", "--version") !== "") unavailable(skip, "man, of man-db, is not installed");
    const warned = paths.flatMap((path) => {
      const env = { ...process.env, LC_ALL: "C.UTF-8" };
      const { status, stderr } = spawnSync("man", ["--warnings", "-l", path], { encoding: "utf8", env });
      return status === 0 && stderr === "" ? [] : [`${path}: ${stderr}`];
    });
    expect(warned).toEqual([]);
    // A program has its page in common with the subcommand that it is.
    const pages = new Map((await allUsages()).map((usage) => [`${usage.name.replaceAll(" ", "-")}.1`, usage]));
    for (const [file, usage] of pages) {
      const text = shown(join(FOLDER, file));
      const flat = (words: string) => words.replaceAll(/\s+/g, " ").trim();
      expect(text).toContain(flat(usage.summary));
      expect(text).toContain(flat(usage.example));
      if (usage.operands !== "COMMAND") expect(text).toContain(flat(usage.details));
      for (const [name, option] of Object.entries(allOptions(usage))) {
        expect(text).toContain(` ${flat(optionSyntax(name, option))} `);
      }
    }
  });
});
