import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * The starters of servers, which are TypeScript: this Node may not read that.
 *
 * @returns {Promise<typeof import("../../engines/src/ceph.ts") & typeof import("../../engines/src/redis.ts")>}
 */
export async function loadEngines() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(import.meta.resolve("@seamless-tools/engines"))],
    bundle: true,
    platform: "node",
    format: "esm",
    write: false,
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString("base64");
  return import(`data:text/javascript;base64,${code}`);
}
