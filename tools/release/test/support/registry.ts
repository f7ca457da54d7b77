import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Daemon, startDaemon } from "@seamless-tools/engines";
import { execute } from "@seamless-tools/packages";

/** The last that runs on Node 20. */
const VERDACCIO = "5.33.0";
/** Kept between runs, and no dependency of the repository: it brings 300 packages that nothing else needs. */
const CACHE = fileURLToPath(new URL("../../node_modules/.cache/", import.meta.url));

async function installVerdaccio(): Promise<string> {
  const folder = join(CACHE, `verdaccio-${VERDACCIO}`);
  if (!existsSync(folder)) {
    await mkdir(CACHE, { recursive: true });
    const fresh = await mkdtemp(join(CACHE, "installing-"));
    // A plugin that is not used here asks for a dist-tag that not every mirror of the registry has.
    const manifest = { private: true, dependencies: { verdaccio: VERDACCIO }, overrides: { "node-fetch": "2.7.0" } };
    await writeFile(join(fresh, "package.json"), JSON.stringify(manifest));
    await execute("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"], fresh);
    await rename(fresh, folder).catch(async (error: NodeJS.ErrnoException) => {
      // Somebody else was faster.
      if (!existsSync(folder)) throw error;
      await rm(fresh, { recursive: true });
    });
  }
  return join(folder, "node_modules/verdaccio/bin/verdaccio");
}

/** What a registry is started with. */
export interface RegistryOptions {
  /** Folder for what is published. */
  readonly storage: string;
  /** Of the loopback. */
  readonly port: number;
  /** A package that it does not take. */
  readonly closedTo?: string;
}

/**
 * Start a registry. Everybody may publish `@seamless/*`, which come from here alone; all else comes from the registry that
 * npm is configured with.
 */
export async function startRegistry({ storage, port, closedTo }: RegistryOptions): Promise<Daemon> {
  const verdaccio = await installVerdaccio();
  const uplink = (await execute("npm", ["config", "get", "registry"], dirname(storage))).trim();
  const open = { access: "$all", publish: "$all" };
  const config = {
    storage,
    uplinks: { npm: { url: uplink, maxage: "60m", timeout: "60s" } },
    packages: {
      ...(closedTo !== undefined && { [closedTo]: { access: "$all", publish: "nobody" } }),
      "@seamless/*": open,
      "**": { access: "$all", proxy: "npm" },
    },
    log: { type: "stdout", format: "pretty", level: "warn" },
    web: { enable: false },
  };
  const file = `${storage}.yaml`;
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  return startDaemon(process.execPath, [verdaccio, "--config", file, "--listen", `127.0.0.1:${port}`], port);
}
