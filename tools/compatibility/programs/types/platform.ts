// With the platform's own types, of "dom" or `@types/node`: what the packages take and give are these, both ways.
import { type AbortOptions, Checksum } from "@seamless/checksum";
import { checksumFile } from "@seamless/checksum/node";
import { hashserverStore, webHandler } from "@seamless/remote/hashserver";
import type { Store } from "@seamless/store";
import { verifiedStream } from "@seamless/store";

type Given = NonNullable<Awaited<ReturnType<Store["getStream"]>>>;

export const ours = (stream: ReadableStream<Uint8Array>): Given => stream;
export const theirs = (stream: Given): ReadableStream<Uint8Array> => stream;

export const aborted = (signal: AbortSignal): AbortOptions => ({ signal });
export const signalOf = ({ signal }: AbortOptions): AbortSignal | undefined => signal;

export const answer: (request: Request) => Promise<Response> = webHandler(async () => ({
  status: 200,
  headers: {},
  body: null,
}));

export async function use(store: Store, url: URL): Promise<string> {
  const { signal } = new AbortController();
  const checksum = await checksumFile(url, { signal });
  const stream = await store.getStream(checksum, { signal });
  if (stream === undefined) return "";
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const again = hashserverStore(url);
  await again.put(checksum, bytes, { signal });
  await again.close();
  const whole: ReadableStream<Uint8Array> = verifiedStream(Checksum.of(bytes), chunks(bytes));
  return `${whole.locked}`;
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
