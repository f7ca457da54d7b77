import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Put a copy of the repository back to where it was before its owner's first step, and before its first release: so a
 * rehearsal begins at the same place, however often there was a release.
 *
 * @param directory - Of the copy.
 */
export async function putBack(directory: string): Promise<void> {
  await setFields(join(directory, "package.json"), ({ repository, homepage, bugs, ...others }) => others);
  await unpinActions(join(directory, ".github/workflows"));
  const packages = join(directory, "packages");
  const published = [];
  for (const folder of await readdir(packages)) {
    await rm(join(packages, folder, "CHANGELOG.md"), { force: true });
    const { name, private: ours } = await setFields(join(packages, folder, "package.json"), (manifest) => ({
      ...manifest,
      version: "0.0.0",
    }));
    if (ours !== true) published.push(String(name));
  }
  await setChangesets(join(directory, ".changeset"), published);
}

type Fields = Readonly<Record<string, unknown>>;

async function setFields(path: string, change: (manifest: Fields) => Fields): Promise<Fields> {
  const manifest = change(JSON.parse(await readFile(path, "utf8")) as Fields);
  await writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** `owner/action@COMMIT # v4` becomes `owner/action@v4`, as it was before `npm run pin`. */
async function unpinActions(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const text = await readFile(join(folder, name), "utf8");
    await writeFile(join(folder, name), text.replaceAll(/^(\s*(?:- )?uses: \S+@)[0-9a-f]{40} # (\S+)$/gm, "$1$2"));
  }
}

/** One for each package, in place of what is there. */
async function setChangesets(folder: string, names: readonly string[]): Promise<void> {
  for (const name of await readdir(folder)) if (name !== "config.json") await rm(join(folder, name));
  for (const name of names) {
    const file = `${name.replace("@seamless/", "")}.md`;
    await writeFile(join(folder, file), `---\n"${name}": minor\n---\n\nAdd \`${name}\`.\n\nIt is new.\n`);
  }
}
