// What declarations of the packages mean by `AbortSignal`, `URL` and so on: the global type, if the program that uses them
// has one, from TypeScript's "dom", `@types/node` or anyone else. If it has none, what the packages need or promise of it.

/** A name that is not known is `any` here, since the error is not reported. */
type Known<Global, Otherwise> = [0] extends [1 & Global] ? Otherwise : Global;

/** @ts-ignore */
type GlobalAbortSignal = globalThis.AbortSignal;
export type AbortSignal = Known<
  GlobalAbortSignal,
  {
    readonly aborted: boolean;
    readonly reason: unknown;
    throwIfAborted(): void;
    addEventListener(type: "abort", listener: () => void, options?: { readonly once?: boolean }): void;
    removeEventListener(type: "abort", listener: () => void): void;
  }
>;

/** @ts-ignore */
type GlobalURL = globalThis.URL;
export type URL = Known<GlobalURL, { readonly href: string; readonly protocol: string; readonly pathname: string }>;

/** @ts-ignore */
type GlobalReadableStream<Chunk> = globalThis.ReadableStream<Chunk>;
export type ReadableStream<Chunk> = Known<
  GlobalReadableStream<Chunk>,
  {
    readonly locked: boolean;
    cancel(reason?: unknown): Promise<void>;
    getReader(): {
      read(): Promise<{ done: false; value: Chunk } | { done: true; value: Chunk | undefined }>;
      cancel(reason?: unknown): Promise<void>;
      releaseLock(): void;
    };
  }
>;

/** @ts-ignore */
type GlobalHeaders = globalThis.Headers;
export type Headers = Known<
  GlobalHeaders,
  {
    get(name: string): string | null;
    forEach(visit: (value: string, name: string) => void): void;
  }
>;

/** @ts-ignore */
type GlobalRequest = globalThis.Request;
export type Request = Known<
  GlobalRequest,
  {
    readonly method: string;
    readonly url: string;
    readonly headers: Headers;
    readonly body: ReadableStream<Uint8Array> | null;
    readonly signal: AbortSignal;
  }
>;

/** @ts-ignore */
type GlobalResponse = globalThis.Response;
export type Response = Known<
  GlobalResponse,
  { readonly status: number; readonly headers: Headers; readonly body: ReadableStream<Uint8Array> | null }
>;
