import { SeamlessError } from "@seamless/checksum";
import { type ChunkMemory, joinChunks, type Store, streamChunks } from "@seamless/store";

/** How the chunks of a stream are to be read. */
export interface StreamMemory {
  /** How large they should be, about, in bytes. */
  readonly chunkSize: number;
  /** Where they should be put. */
  readonly memory: ChunkMemory;
}

/** A request, whatever server it came through. */
export interface HashserverRequest {
  readonly method: string;
  /** A path, or a whole URL. */
  readonly url: string;
  /** Names in lower case, or a `Headers` object. */
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Read only where it is needed: an upload that is not wanted is left unread, unless it is small. */
  readonly body: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | null;
  /**
   * Who asks: an address, or whatever else tells clients apart, so that each gets its share and none all.
   * @default the same for all
   */
  readonly client?: string | undefined;
  /**
   * Waits until there is memory for a stream, before it is opened: those that wait cost little. A second
   * time it is instead of the first.
   *
   * @param length - Of the buffer, in bytes.
   * @returns `undefined` if there is none for too long: the server is busy.
   * @default there always is
   */
  readonly reserve?: ((length: number) => Promise<StreamMemory | undefined>) | undefined;
  /** Aborted when the client no longer waits for the answer. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether the caller never changes the bytes of an answer. Then those that are kept in memory need not be copied.
   * @default false
   */
  readonly keepsBytes?: boolean | undefined;
}

/** What to answer. */
export interface HashserverResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Verified: a stream errors before its last chunk if the bytes are wrong, and then the connection must be broken, so that
   * nobody takes a wrong body for a whole one. `null` for none, and for the answer to a HEAD.
   */
  readonly body: ReadableStream<Uint8Array> | Uint8Array | null;
}

/** A file of a web page. */
export interface UiFile {
  /** Its `Content-Type`. */
  readonly type: string;
  /** Stands for its bytes, without quotes: letters, digits, `-` and `_`. */
  readonly etag: string;
  /** Does its name change when its bytes do? Then caches may keep it forever. */
  readonly immutable: boolean;
  /** Its bytes, which nobody changes. */
  readonly read: () => Promise<Uint8Array>;
}

/** The files of a web page by their paths, as they stand in URLs; the page itself is `index.html`. */
export type UiFiles = Readonly<Record<string, UiFile>>;

/** Answers requests. Never rejects. */
export type HashserverHandler = (request: HashserverRequest) => Promise<HashserverResponse>;

export interface HashserverHandlerOptions {
  /** Where the buffers are. It stays the caller's to close. */
  readonly store: Store;
  /**
   * Take uploads. The store must be writable, too.
   * @default false
   */
  readonly writable?: boolean | undefined;
  /**
   * What clients must show as `Authorization: Bearer …`, for everything but the health check.
   * @default none: everybody may read, and write if `writable`
   */
  readonly token?: string | undefined;
  /**
   * Let clients list and delete what there is. Only with a `token`, and a store that can.
   * @default false
   */
  readonly allowDelete?: boolean | undefined;
  /**
   * Origins of web pages that may use the server (`https://example.org`), or `*` for all.
   * @default none
   */
  readonly cors?: string | readonly string[] | undefined;
  /**
   * Names that clients may call the server by, in their `Host` header, without port. Others are refused: a web page may
   * have made its own name lead here.
   * @default all
   */
  readonly hosts?: readonly string[] | undefined;
  /**
   * The largest buffer that is taken, in bytes, after decoding.
   * @default 64 GiB
   */
  readonly maxBytes?: number | undefined;
  /**
   * What a body with a `Content-Encoding` may become, in bytes; `maxBytes` holds, too.
   * @default 1 GiB
   */
  readonly maxDecodedBytes?: number | undefined;
  /**
   * How many times its size such a body may become; up to 1 MiB it may in any case.
   * @default 1,000
   */
  readonly maxDecodedRatio?: number | undefined;
  /**
   * Keep uploads as they are encoded, where they come with a `Content-Encoding` and the store can (`putEncoded`). All that is
   * stored encoded is sent as it lies to clients that accept that, whether this is set or not.
   * @default false: they are stored as the store writes what it is given
   */
  readonly keepEncoding?: boolean | undefined;
  /**
   * Checksums in one question, at most; to verify, never more than 1,000.
   * @default 10,000
   */
  readonly maxChecksums?: number | undefined;
  /**
   * How long a promise to upload is kept, in milliseconds.
   * @default 600,000: ten minutes
   */
  readonly promiseTime?: number | undefined;
  /**
   * Promises that are kept at a time; one takes about 0.5 kB. Beyond, the client that has made most loses its oldest.
   * @default 10,000
   */
  readonly maxPromises?: number | undefined;
  /**
   * Requests that wait at a time for a buffer that is promised. Beyond, of the client that has most of them the oldest is
   * answered with 503.
   * @default 500
   */
  readonly maxWaiting?: number | undefined;
  /**
   * Memory for buffers of up to 64 KiB that were asked for in the last ten seconds, in bytes: they are given out again
   * without a look at the store.
   * @default 32 MiB
   */
  readonly hotBytes?: number | undefined;
  /**
   * A web page that is given out below `/ui/`, as `@seamless/ui` exports it. Its files are for everybody who may call the
   * server by its name, with or without a token; what it shows it asks for as any client does. Buffers then come as
   * attachments, by the name that `?filename=NAME` proposes.
   * @default none
   */
  readonly ui?: UiFiles | undefined;
  /** Called with every failure of the store; the client is only told that there was one. */
  readonly onError?: ((error: SeamlessError) => void) | undefined;
}

/** What all actions of a handler share; each kind of them adds its own. */
export interface ServerState {
  readonly store: Store;
  readonly writable: boolean;
  /** May clients list and delete? */
  readonly allowDelete: boolean;
  /** May caches between here and the client keep what they see? */
  readonly shared: boolean;
  readonly onError: (error: SeamlessError) => void;
}

/** One header of a request, by its name in lower case. */
export type GetHeader = (name: string) => string | undefined;

/** One request, as an action sees it. */
export interface Call {
  readonly request: HashserverRequest;
  readonly header: GetHeader;
  /** The checksum in the path, if it has one. */
  readonly hex: string;
}

/** Answers one kind of request. May throw errors of the store. */
export type Action<S extends ServerState> = (state: S, call: Call) => Promise<HashserverResponse>;

/** The bytes that came with a request; none if there is no body. */
export function bodyChunks({ body }: HashserverRequest): AsyncIterable<Uint8Array> {
  if (body === null) return nothing();
  // Streams of browsers are not always iterable.
  return "getReader" in body ? streamChunks(body) : body;
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}

/**
 * A short body, as text.
 *
 * @throws {SeamlessError} `TOO_LARGE` over the limit, in bytes; `INVALID_ARGUMENT` if it is not UTF-8.
 */
export async function bodyText(request: HashserverRequest, limit: number): Promise<string> {
  const bytes = await joinChunks(bodyChunks(request), limit);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SeamlessError("INVALID_ARGUMENT", "the body is not UTF-8", { cause });
  }
}
