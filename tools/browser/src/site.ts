import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, type CDPSession, chromium, type Page } from "playwright-core";
import { ARGUMENTS, bundle, type ModulePage } from "./page.ts";

/** Where a module runs. */
export type Place = "page" | "worker" | "service worker";

/** A page of a site. */
export interface SitePage extends ModulePage {
  /** Lets the process of the page crash, in the middle of whatever it does. */
  crash(): Promise<void>;
}

/** A module on a web site of its own, in a Chromium with a profile on the disk: what pages store is there for the next ones. */
export interface Site {
  readonly origin: string;
  /**
   * Open the module in another page.
   *
   * @param place - Where its functions run: in the page, or in a worker that the page has started.
   */
  open(place?: Place): Promise<SitePage>;
  /** Is there a network? That of service workers is not affected. */
  setOffline(offline: boolean): Promise<void>;
  /** How much the site may store, in bytes; by default, as much as the browser grants. */
  setQuota(bytes?: number): Promise<void>;
  /** What a user does who clears the data of the site. */
  clearStorage(): Promise<void>;
  /** Kills the browser, and starts it again with the same profile. Its pages are gone. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const SCRIPTS: Readonly<Record<Place, string>> = {
  page: `globalThis.module = await import("/module.js");`,
  worker: `
    const worker = new Worker("/worker.js", { type: "module" });
    globalThis.calls = (message, transfer) => worker.postMessage(message, transfer);
    globalThis.module = {};`,
  "service worker": `
    await navigator.serviceWorker.register("/service-worker.js", { type: "module" });
    const { active } = await navigator.serviceWorker.ready;
    globalThis.calls = (message, transfer) => active.postMessage(message, transfer);
    globalThis.module = {};`,
};

/** Answers calls of a page, in a worker of either kind. */
const WORKER = `
import * as module from "/module.js";
self.addEventListener("message", (event) => {
  const { name, argument } = event.data;
  const answer = Promise.resolve()
    .then(() => module[name](JSON.parse(argument)))
    .then((result) => event.ports[0].postMessage({ result: JSON.stringify(result ?? null) }))
    .catch((error) => event.ports[0].postMessage({ error: String(error?.stack ?? error) }));
  event.waitUntil?.(answer);
});`;

/** So that the module can be opened when there is no network: a page of its own origin comes from its service worker. */
const SERVICE_WORKER = `${WORKER}
self.addEventListener("install", (event) => {
  const keep = async () => (await caches.open("site")).addAll(["/", "/page.html", "/module.js"]);
  event.waitUntil(keep().then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (new URL(event.request.url).origin !== self.location.origin) return;
  event.respondWith(fetch(event.request).catch(() => caches.match(event.request)));
});`;

const html = (script: string) =>
  `<!doctype html><meta charset="utf-8"><title>test</title><script type="module">${script}</script>`;

/**
 * Bundle a module for browsers, as a user's bundler would, and serve it to pages and workers of a Chromium.
 *
 * @param executable - From `findChromium`.
 * @param entry - Path of the module.
 */
export async function openSite(executable: string, entry: string): Promise<Site> {
  const files: Readonly<Record<string, readonly [string, string]>> = {
    "/module.js": ["text/javascript", await bundle(entry)],
    "/worker.js": ["text/javascript", WORKER],
    "/service-worker.js": ["text/javascript", SERVICE_WORKER],
    ...Object.fromEntries(
      Object.entries(SCRIPTS).map(([place, script]) => [pathOf(place), ["text/html", html(script)]]),
    ),
  };
  const server = createServer((request, response) => {
    const [type, body] = files[request.url ?? ""] ?? ["text/html", html("")];
    response.setHeader("content-type", type).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const profile = mkdtempSync(join(tmpdir(), "seamless-chromium-"));
  let browser = await start(executable, profile, origin);

  return {
    origin,
    open: (place = "page") => openPage(browser.context, `${origin}${pathOf(place)}`),
    setOffline: (offline) => browser.context.setOffline(offline),
    async setQuota(quotaSize) {
      await browser.control.send("Storage.overrideQuotaForOrigin", {
        origin,
        ...(quotaSize === undefined ? {} : { quotaSize }),
      });
    },
    async clearStorage() {
      await browser.control.send("Storage.clearDataForOrigin", { origin, storageTypes: "all" });
    },
    async restart() {
      await browser.kill();
      browser = await start(executable, profile, origin);
    },
    async close() {
      await browser.context.close();
      server.close();
      server.closeAllConnections();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function pathOf(place: string): string {
  return `/${place.replace(" ", "-")}.html`;
}

interface Browser {
  readonly context: BrowserContext;
  /** Of a page that does nothing else. */
  readonly control: CDPSession;
  kill(): Promise<void>;
}

async function start(executable: string, profile: string, origin: string): Promise<Browser> {
  const context = await chromium.launchPersistentContext(profile, { executablePath: executable, args: [...ARGUMENTS] });
  const [page = await context.newPage()] = context.pages();
  await page.goto(`${origin}/`);
  const control = await context.newCDPSession(page);
  return {
    context,
    control,
    async kill() {
      const closed = new Promise<void>((resolve) => context.once("close", () => resolve()));
      // As if it crashed: it writes nothing down any more.
      await control.send("Browser.crash" as never).catch(() => undefined);
      await closed;
    },
  };
}

async function openPage(context: BrowserContext, url: string): Promise<SitePage> {
  const page = await context.newPage();
  const failures: string[] = [];
  page.on("pageerror", (error) => failures.push(String(error)));
  await page.goto(url);
  await page
    .waitForFunction(() => "module" in globalThis)
    .catch((error) => {
      throw new Error(`the module did not load: ${failures.join("; ")}`, { cause: error });
    });
  return {
    async call(name, argument) {
      const result = await page.evaluate(callAnywhere, [name, JSON.stringify(argument ?? null)] as const);
      return JSON.parse(result);
    },
    close: () => page.close(),
    crash: () => crash(page),
  };
}

/** What is used of a page's `MessagePort`, for programs that are checked without the DOM's types. */
interface Port {
  onmessage: (event: { readonly data: { readonly result: string; readonly error?: string } }) => void;
  close(): void;
}

/** Runs in the page, and calls the module there or in its worker. */
function callAnywhere([name, argument]: readonly [string, string]): Promise<string> {
  const { module, calls } = globalThis as unknown as {
    readonly module: Record<string, (argument: unknown) => unknown>;
    readonly calls?: (message: unknown, transfer: readonly object[]) => void;
  };
  if (calls === undefined) {
    return Promise.resolve(module[name]?.(JSON.parse(argument))).then((result) => JSON.stringify(result ?? null));
  }
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel() as unknown as { readonly port1: Port; readonly port2: object };
    port1.onmessage = ({ data: { result, error } }) => {
      port1.close();
      if (error === undefined) resolve(result);
      else reject(new Error(error));
    };
    calls({ name, argument }, [port2]);
  });
}

async function crash(page: Page): Promise<void> {
  const crashed = new Promise<void>((resolve) => page.once("crash", () => resolve()));
  await page.goto("chrome://crash").catch(() => undefined);
  await crashed;
  await page.close();
}
