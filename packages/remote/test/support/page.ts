import { createRuntime } from "@seamless/cache";
import { Checksum, isSeamlessError } from "@seamless/checksum";
import { type HashserverStoreOptions, hashserverStore } from "@seamless/remote/hashserver";
import { httpStore } from "@seamless/remote/http";
import { joinChunks, type Store, streamChunks } from "@seamless/store";
import { storeSuite } from "@seamless/store/suite";

// Runs in a page: nothing here may come from Node.

/** Where a server is, and what its buffers are asked for by. */
interface Place {
  readonly url: string;
  readonly token?: string;
}

const FAST: HashserverStoreOptions = { retries: { count: 1, firstDelay: 1 } };

const open = ({ url, token }: Place) => hashserverStore(url, { ...FAST, token });

export const origin = () => location.origin;

/** What each way of asking gives: its answer, or the code of its error. */
export async function ask({ hex, ...place }: Place & { readonly hex: string }): Promise<Record<string, unknown>> {
  const store = open(place);
  const checksum = new Checksum(hex);
  const sum = (bytes: Uint8Array | undefined) => bytes && Checksum.of(bytes).hex();
  return {
    has: await outcome(store.has([checksum])),
    lengths: await outcome(store.lengths([checksum])),
    get: await outcome(store.get(checksum).then(sum)),
    getStream: await outcome(
      store.getStream(checksum).then(async (stream) => stream && sum(await joinChunks(streamChunks(stream)))),
    ),
    health: await outcome(store.checkHealth()),
  };
}

/** Put bytes, at once and as a stream, and promise some. */
export async function put({ lengths, ...place }: Place & { readonly lengths: readonly number[] }): Promise<unknown[]> {
  const store = open(place);
  const found: unknown[] = [];
  for (const [i, length] of lengths.entries()) {
    const bytes = new Uint8Array(length).fill(i + 1);
    const checksum = Checksum.of(bytes);
    found.push(await outcome(i % 2 === 0 ? store.put(checksum, bytes) : store.putStream(checksum, halves(bytes))));
  }
  found.push(await outcome(store.promise(new Checksum("0".repeat(64)))));
  return found;
}

async function* halves(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  const middle = bytes.byteLength >> 1;
  yield bytes.subarray(0, middle);
  yield bytes.subarray(middle);
}

/** A value, by way of a runtime. */
export async function resolve({ hex, ...place }: Place & { readonly hex: string }): Promise<unknown> {
  const runtime = createRuntime({ stores: [open(place)] });
  return runtime.resolve(new Checksum(hex), "plain");
}

/** What a page sees without any of our code: the status, and headers that it needs leave to read. */
export async function plain(url: string): Promise<unknown[]> {
  const { status, headers } = await fetch(url, { cache: "no-store" });
  return [status, headers.get("etag"), headers.get("content-length")];
}

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  try {
    return (await promise) ?? null;
  } catch (error) {
    return isSeamlessError(error) ? error.code : String(error);
  }
}

/** All tests of a store, each before a hashserver of its own. */
export const suite = (control: string) =>
  runSuite(control, (url, writable) => hashserverStore(url, { ...FAST, writable }));

/** The same through a plain web server that shows the folder; what is written goes through the hashserver. */
export const suiteOfShown = (control: string) =>
  runSuite(control, async (url, writable) => {
    const shown = httpStore(await order(control, `/show/${new URL(url).port}`), FAST);
    if (!writable) return shown;
    const { put, putStream } = hashserverStore(url, FAST);
    return { ...shown, writable, put, putStream };
  });

/**
 * @param control - URL of what makes these servers, and writes into their folders.
 * @param openStore - Gets the URL of a hashserver.
 * @returns what failed.
 */
async function runSuite(
  control: string,
  openStore: (url: string, writable: boolean) => Store | Promise<Store>,
): Promise<{ readonly count: number; readonly failures: readonly string[] }> {
  const failures: string[] = [];
  const tests: { readonly name: string; run(): Promise<void> }[] = [];
  storeSuite({
    test: (name, run) => tests.push({ name, run }),
    async create() {
      const url = await order(control, "/create");
      const path = new URL(url).port;
      return {
        store: await openStore(url, true),
        readOnly: await openStore(url, false),
        plant: async (checksum, bytes) => void (await order(control, `/plant/${path}/${checksum.hex()}`, bytes)),
        dispose: async () => void (await order(control, `/dispose/${path}`)),
      };
    },
  });
  for (const { name, run } of tests) {
    await run().catch((error: unknown) => failures.push(`${name}: ${error}`));
  }
  return { count: tests.length, failures };
}

async function order(control: string, path: string, body: Uint8Array = new Uint8Array()): Promise<string> {
  const response = await fetch(control + path, { method: "POST", body: body as Uint8Array<ArrayBuffer> });
  if (response.ok) return response.text();
  throw new Error(`${path}: status ${response.status}`);
}
