/** A request to one server. */
export interface TransportRequest {
  readonly method: "GET" | "HEAD" | "PUT";
  /** With the path of the server's base. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** Of the body, in bytes, where it is known. */
  readonly length?: number | undefined;
  /** Time that the answer may take beyond the timeouts, in milliseconds. */
  readonly extraTime?: number | undefined;
  readonly signal: AbortSignal;
}

export interface TransportResponse {
  readonly status: number;
  /** @param name - In lower case. */
  header(name: string): string | undefined;
  /** Where the answer came from, if the platform has followed a redirection by itself. */
  readonly url?: string | undefined;
  /** As it comes, not decoded, unless `decodes`. Throws `TransportFailure`. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Nobody wants the body: the connection is free for others, or is closed. */
  discard(): void;
}

export interface TransportOptions {
  /** `http://host:port`. */
  readonly origin: string;
  /** Connections at a time. */
  readonly connections: number;
  /** All in milliseconds. */
  readonly timeouts: { readonly connect: number; readonly headers: number; readonly stall: number };
  /** Are there secrets in the headers, which no other server may see? */
  readonly secret: boolean;
}

/** How a server is talked to. */
export interface Transport {
  /** Can a GET have a body, and a PUT a stream? */
  readonly full: boolean;
  /** Are bodies decoded by the platform, as their `Content-Encoding` says? */
  readonly decodes: boolean;
  /**
   * @throws {TransportFailure} if there is no answer, be it for what the body throws; the signal's reason.
   */
  send(request: TransportRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}

/** No answer, or half of one. */
export class TransportFailure extends Error {
  /**
   * Was it the connection? Then another attempt may succeed. One that took too long would only take as long again.
   */
  readonly again: boolean;

  constructor(message: string, again: boolean, cause: unknown) {
    super(message, { cause });
    this.again = again;
  }
}
