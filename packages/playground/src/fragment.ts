import { CELLTYPES, type Celltype } from "@seamless/celltypes";
import { fromBase64Url, toBase64Url } from "./base64url.ts";
import type { Typed } from "./subject.ts";

/** What an address holds of the page, after its `#`. */
export interface Shared {
  /** Name of the tab that is open. */
  readonly tab: string;
  /** The value: as it was typed, or its bytes. */
  readonly value?: { readonly typed: Typed } | { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> };
  /** As what the value is read. */
  readonly celltype?: Celltype | undefined;
  /** By the name of a tab, what it keeps. */
  readonly states: Readonly<Record<string, string>>;
}

/** The first field of a fragment that is ours: others lead to places of the page. */
const VERSION = "1";
/** In characters: what browsers, mail and chats carry. */
export const MAX_FRAGMENT = 16_384;
/** In bytes, of a value: little that is compressed may become very much. */
export const MAX_VALUE = 2 ** 20;
/** In characters. */
const MAX_NAME = 200;
/** In bytes of UTF-8: a path, which on any system is shorter, and what leads to it. Three characters each in an address, at most. */
const MAX_STATE = 4_200;

/** Fields of a fragment that are no tab's state. */
const OWN = new Set(["v", "tab", "as", "text", "name", "bytes", "read"]);

/**
 * The fragment of an address that opens the page as it is now.
 *
 * @returns without the value where it is too long for an address: `isWhole` says whether it is in it.
 */
export async function writeFragment(shared: Shared): Promise<{ readonly fragment: string; readonly isWhole: boolean }> {
  const fields = new URLSearchParams({ v: VERSION, tab: shared.tab });
  if (shared.celltype !== undefined) fields.set("read", shared.celltype);
  for (const [tab, state] of Object.entries(shared.states)) {
    if (!OWN.has(tab) && isShort(state)) fields.set(tab, state);
  }
  const without = fields.toString();
  if (shared.value === undefined) return { fragment: without, isWhole: true };
  const whole = await withValue(fields, shared.value);
  return whole === undefined || whole.length > MAX_FRAGMENT
    ? { fragment: without, isWhole: false }
    : { fragment: whole, isWhole: true };
}

async function withValue(fields: URLSearchParams, value: NonNullable<Shared["value"]>): Promise<string | undefined> {
  if ("typed" in value && value.typed.text.length > MAX_VALUE) return undefined;
  const bytes = "typed" in value ? new TextEncoder().encode(value.typed.text) : value.bytes;
  if (bytes.byteLength > MAX_VALUE) return undefined;
  const packed = toBase64Url(await collect(bytes, new CompressionStream("deflate-raw"), Infinity));
  if ("typed" in value) {
    fields.set("as", value.typed.celltype);
    fields.set("text", packed);
  } else {
    fields.set("name", value.name.slice(0, MAX_NAME));
    fields.set("bytes", packed);
  }
  return fields.toString();
}

/** What a fragment says, or why it says nothing. */
export type Read = { readonly shared: Shared } | { readonly problem: string } | undefined;

/**
 * Reads the fragment of an address, which may come from anybody.
 *
 * @param fragment - Without its `#`.
 * @param tabs - Names of the tabs that there are.
 * @returns undefined if it is not of this page but leads to a place in it; never throws.
 */
export async function readFragment(fragment: string, tabs: readonly string[]): Promise<Read> {
  if (!/^v=/.test(fragment)) return undefined;
  if (fragment.length > MAX_FRAGMENT) return { problem: `The address is over ${MAX_FRAGMENT} characters long.` };
  const fields = new URLSearchParams(fragment);
  if (fields.get("v") !== VERSION) return { problem: "The address is of another version of this page." };
  const read = fields.get("read");
  if (read !== null && !isCelltype(read)) return { problem: "The address names a celltype that there is not." };
  try {
    const value = await readValue(fields);
    const tab = tabs.find((name) => name === fields.get("tab")) ?? tabs[0]!;
    const states = Object.fromEntries(
      tabs.flatMap((name) => {
        const state = OWN.has(name) ? null : fields.get(name);
        return state === null || !isShort(state) ? [] : [[name, state]];
      }),
    );
    return { shared: { tab, states, celltype: read ?? undefined, ...(value === undefined ? {} : { value }) } };
  } catch (error) {
    return { problem: `The value in the address cannot be read: ${(error as Error).message}.` };
  }
}

async function readValue(fields: URLSearchParams): Promise<Shared["value"]> {
  const text = fields.get("text");
  if (text !== null) {
    const celltype = fields.get("as") ?? "";
    if (!isCelltype(celltype)) throw new Error("it is of a celltype that there is not");
    return { typed: { text: new TextDecoder("utf-8", { fatal: true }).decode(await unpack(text)), celltype } };
  }
  const bytes = fields.get("bytes");
  if (bytes === null) return undefined;
  return { name: (fields.get("name") ?? "").slice(0, MAX_NAME), bytes: await unpack(bytes) };
}

function unpack(packed: string): Promise<Uint8Array<ArrayBuffer>> {
  return collect(fromBase64Url(packed), new DecompressionStream("deflate-raw"), MAX_VALUE);
}

/** What a stream makes of bytes; stopped as soon as it is too long. */
async function collect(
  bytes: Uint8Array<ArrayBuffer>,
  through: CompressionStream | DecompressionStream,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([bytes]).stream().pipeThrough<Uint8Array<ArrayBuffer>>(through).getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(chunks).arrayBuffer());
    length += value.byteLength;
    if (length > limit) {
      await reader.cancel();
      throw new Error(`it has over ${limit} bytes`);
    }
    chunks.push(value);
  }
}

function isShort(state: string): boolean {
  return new TextEncoder().encode(state).length <= MAX_STATE;
}

function isCelltype(name: string): name is Celltype {
  return (CELLTYPES as readonly string[]).includes(name);
}
