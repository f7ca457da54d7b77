import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compare } from "../measure.mjs";
import { run } from "../processes.mjs";

export const question = "How long does it take to import each entry? The ratio is the difference, in ms.";

/** Why nothing better than the targets can be expected. */
export const why = { "*": "a module of ES takes half a millisecond to be found, read and compiled" };

const packages = new URL("../../../../packages/", import.meta.url);

export async function answer() {
  const rows = await compare(
    { name: "node -e 0", run: () => run(process.execPath, "-e", "0") },
    entries().map(({ name, file }) => ({
      name: `import "${name}"`,
      run: () => run(process.execPath, "-e", `import(${JSON.stringify(pathToFileURL(file).href)})`),
    })),
    { rounds: 11, warmup: 2 },
  );
  return rows.map((row) => ({ ...row, ratio: row.ours - row.theirs, atMost: 40 }));
}

/** What each published package exports for Node. */
function entries() {
  return readdirSync(packages).flatMap((folder) => {
    const manifest = new URL(`${folder}/package.json`, packages);
    const { name, private: isPrivate, exports } = JSON.parse(readFileSync(manifest, "utf8"));
    if (isPrivate) return [];
    return Object.entries(/** @type {Record<string, string | Record<string, string>>} */ (exports)).flatMap(
      ([entry, target]) => {
        const file = typeof target === "string" ? target : (target["node"] ?? target["default"]);
        if (file?.endsWith(".js") !== true) return [];
        return [{ name: name + entry.slice(1), file: fileURLToPath(new URL(file, manifest)) }];
      },
    );
  });
}
