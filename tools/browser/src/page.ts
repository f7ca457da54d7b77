import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import { chromium } from "playwright-core";

/** A module that runs in a page. */
export interface ModulePage {
  /**
   * Call a function that the module exports.
   *
   * @param name - Its name.
   * @param argument - Goes to the page, and the result back, as JSON.
   */
  call<Result>(name: string, argument?: unknown): Promise<Result>;
  close(): Promise<void>;
}

/** What the page has besides the module. */
export interface PageOptions {
  /** Files that the module fetches: path on the server → path on this machine. They must be WebAssembly. */
  readonly assets?: Readonly<Record<string, string>>;
  /**
   * Does the page come from where browsers trust it (here, loopback), and so have WebCrypto? Otherwise by plain http.
   * @default true
   */
  readonly secure?: boolean;
}

/** A name that is not loopback, and leads there all the same. */
const ELSEWHERE = "elsewhere.test";

/** For Chromium, in tests. */
export const ARGUMENTS: readonly string[] = [
  `--host-resolver-rules=MAP ${ELSEWHERE} 127.0.0.1`,
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Bundle a module for browsers, as a user's bundler would, and open it in a page of Chromium.
 *
 * @param executable - From `findChromium`.
 * @param entry - Path of the module.
 */
export async function openModule(
  executable: string,
  entry: string,
  { assets = {}, secure = true }: PageOptions = {},
): Promise<ModulePage> {
  const script = await bundle(entry);
  const server = createServer((request, response) => {
    const asset = assets[request.url ?? ""];
    if (asset !== undefined) {
      response.setHeader("content-type", "application/wasm");
      createReadStream(asset).pipe(response);
      return;
    }
    const isScript = request.url === "/module.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : PAGE);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({ executablePath: executable, args: [...ARGUMENTS] });
  const close = async () => {
    await browser.close();
    server.close();
  };
  try {
    const page = await browser.newPage();
    const failures: string[] = [];
    page.on("pageerror", (error) => failures.push(String(error)));
    await page.goto(`http://${secure ? "127.0.0.1" : ELSEWHERE}:${(server.address() as AddressInfo).port}/`);
    await page
      .waitForFunction(() => "module" in globalThis)
      .catch((error) => {
        throw new Error(`the module did not load: ${failures.join("; ")}`, { cause: error });
      });
    return {
      // As text: Playwright's own way with values takes minutes for deep ones.
      call: async (name, argument) => {
        const result = await page.evaluate(callExport, [name, JSON.stringify(argument ?? null)] as const);
        return JSON.parse(result);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Runs in the page. */
async function callExport([name, argument]: readonly [string, string]): Promise<string> {
  const { module } = globalThis as unknown as { module: Record<string, (argument: unknown) => unknown> };
  return JSON.stringify((await module[name]?.(JSON.parse(argument))) ?? null);
}

const PAGE = `<!doctype html><meta charset="utf-8"><title>test</title>
<script type="module">globalThis.module = await import("/module.js");</script>`;

/** A module and what it imports, in one file for browsers. */
export async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    charset: "utf8",
    logLevel: "silent",
    // Paths of a tsconfig lead to sources for Node, which no user has.
    tsconfigRaw: {},
  });
  return outputFiles[0]?.text ?? "";
}
