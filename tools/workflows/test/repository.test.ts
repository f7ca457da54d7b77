import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "js-yaml";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const yaml = <Shape>(path: string) => load(read(path)) as Shape;
const files = execFileSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8" }).split("\0").slice(0, -1);

test("editors do what the formatter does", () => {
  const { formatter } = JSON.parse(read("biome.json"));
  const [, first = ""] = read(".editorconfig").split("[*]\n");
  const settings = Object.fromEntries(
    first
      .split("\n\n")[0]!
      .trim()
      .split("\n")
      .map((line) => line.split(" = ")),
  );
  expect(settings).toMatchObject({
    charset: "utf-8",
    end_of_line: formatter.lineEnding ?? "lf",
    indent_size: String(formatter.indentWidth),
    indent_style: formatter.indentStyle,
    insert_final_newline: "true",
    max_line_length: String(formatter.lineWidth),
  });
});

test("every file can be checked out on Windows and macOS", () => {
  const parts = new Set(files.flatMap((file) => file.split("/")));
  // https://learn.microsoft.com/windows/win32/fileio/naming-a-file
  const reserved = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)|[<>:"|?*\\\0-\x1f]|[. ]$/i;
  expect([...parts].filter((part) => reserved.test(part))).toEqual([]);
  const folded = files.map((file) => file.normalize("NFD").toLowerCase());
  expect(new Set(folded).size).toBe(files.length);
  const links = execFileSync("git", ["ls-files", "--stage"], { cwd: ROOT, encoding: "utf8" }).match(/^120000 .*$/gm);
  expect(links).toBeNull();
  // Git for Windows makes CRLF of LF where nothing says what a file is.
  const attributes = execFileSync("git", ["check-attr", "eol", "README.md", "packages/cli/package.json"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect(attributes.match(/: eol: lf$/gm)).toHaveLength(2);
});

interface Form {
  readonly name: string;
  readonly description: string;
  readonly body: readonly {
    readonly type: string;
    readonly id?: string;
    readonly attributes: {
      readonly label?: string;
      readonly value?: string;
      readonly options?: readonly (string | { label: string })[];
    };
  }[];
}

const forms = readdirSync(join(ROOT, ".github/ISSUE_TEMPLATE")).filter((file) => file !== "config.yml");

test.each(forms)("the form %s has what the platform asks for", (file) => {
  const { name, description, body } = yaml<Form>(`.github/ISSUE_TEMPLATE/${file}`);
  expect(name.length).toBeGreaterThan(3);
  expect(description.length).toBeLessThanOrEqual(200);
  const ids = body.flatMap(({ id }) => id ?? []);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => /^[\w-]+$/.test(id))).toBe(true);
  for (const { type, attributes } of body) {
    expect(["markdown", "input", "textarea", "dropdown", "checkboxes"]).toContain(type);
    expect(attributes[type === "markdown" ? "value" : "label"]).toBeTruthy();
    const options = (attributes.options ?? []).map((option) => (typeof option === "string" ? option : option.label));
    expect(options.length > 0).toBe(type === "dropdown" || type === "checkboxes");
    expect(new Set(options).size).toBe(options.length);
    // A word that YAML reads as a boolean is refused.
    expect(options.every((option) => typeof option === "string")).toBe(true);
  }
});

test("a fault can be reported for each published package", () => {
  const { body } = yaml<Form>(".github/ISSUE_TEMPLATE/bug.yml");
  const options = body.find(({ id }) => id === "package")!.attributes.options!.map(String);
  const manifests = readdirSync(join(ROOT, "packages")).map((folder) =>
    JSON.parse(read(`packages/${folder}/package.json`)),
  );
  const published = manifests.filter((manifest) => manifest.private !== true).map((manifest) => manifest.name);
  expect(options.filter((option) => option.startsWith("@")).sort()).toEqual(published.sort());
});

test("owners are named for paths that exist, and none is made up", () => {
  const rules = read(".github/CODEOWNERS")
    .split("\n")
    .filter((line) => /^(# )?[*/]/.test(line));
  expect(rules.length).toBeGreaterThan(3);
  for (const rule of rules) {
    const [path = "", owner = ""] = rule.replace(/^# /, "").split(/\s+/);
    expect(path === "*" || existsSync(join(ROOT, path))).toBe(true);
    expect(owner).toMatch(/^@/);
  }
});

interface Dependabot {
  readonly updates: readonly {
    readonly "package-ecosystem": string;
    readonly groups: Readonly<Record<string, unknown>>;
    readonly ignore?: readonly { readonly "dependency-name": string }[];
  }[];
}

test("updates are grouped, and what they leave out is in use", () => {
  const { updates } = yaml<Dependabot>(".github/dependabot.yml");
  expect(updates.map((update) => update["package-ecosystem"])).toEqual(["npm", "github-actions"]);
  for (const { groups } of updates) expect(Object.keys(groups).length).toBeGreaterThan(0);
  const manifests = files.filter((file) => /^(?:(?:packages|tools)\/[^/]+\/)?package\.json$/.test(file)).map(read);
  for (const { "dependency-name": name } of updates[0]!.ignore ?? []) {
    expect(
      manifests.some((manifest) => manifest.includes(`"${name}": "`)),
      name,
    ).toBe(true);
  }
  const workflows = files.filter((file) => file.startsWith(".github/workflows/")).map(read);
  for (const { "dependency-name": name } of updates[1]!.ignore ?? []) {
    expect(
      workflows.some((text) => text.includes(`uses: ${name}@`)),
      name,
    ).toBe(true);
  }
});
