import { SeamlessError } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";
import { FOREIGN_LIMITS } from "../../encoding/decode.ts";
import { PATHS, PROMISE_TIME } from "../protocol.ts";
import { corsHeaders, type GetHeader, hostGuard, PREFLIGHT, tokenGuard } from "./access.ts";
import type { ServerState } from "./call.ts";
import { hotAnswer } from "./download.ts";
import { failureResponse } from "./failures.ts";
import { Hot } from "./hot.ts";
import { checkLimit } from "./limit.ts";
import { Promises } from "./promises.ts";
import { text } from "./respond.ts";
import { findRoute } from "./routes.ts";
import { Turns } from "./turns.ts";
import type { HashserverHandler, HashserverHandlerOptions, HashserverRequest, HashserverResponse } from "./types.ts";
import { Uploads } from "./uploads.ts";

const MAX_BYTES = 2 ** 36;
const MAX_CHECKSUMS = 10_000;
const MAX_PROMISES = 10_000;
const MAX_WAITING = 500;
/** Clients whose buffers are verified at a time, and questions of one that may wait. */
const VERIFYING = { together: 4, longest: 16 } as const;
const HOT_BYTES = 2 ** 25;

/**
 * A Seamless hashserver, as a function from requests to answers: for any server that can call one. `createHashserver` of
 * `@seamless/remote/hashserver/node` makes a server of it, `webHandler` a function from `Request` to `Response`.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT`.
 *
 * @example
 * import { memoryStore } from "@seamless/store";
 * import { Buffer } from "@seamless/celltypes";
 * import { hashserverHandler } from "@seamless/remote/hashserver";
 * const store = memoryStore();
 * const buffer = new Buffer("hello", "text");
 * await store.put(buffer.getChecksum(), buffer.content);
 * const handler = hashserverHandler({ store });
 * const url = `/${buffer.getChecksum().hex()}`;
 * const { status, body } = await handler({ method: "GET", url, headers: {}, body: null });
 * console.log(status, new TextDecoder().decode(body)); // → 200 hello
 */
export function hashserverHandler(options: HashserverHandlerOptions): HashserverHandler {
  const state = createState(options);
  const refusesHost = hostGuard(options.hosts);
  const refusesToken = tokenGuard(options.token);
  const cors = corsHeaders(options.cors);

  const answer = async (request: HashserverRequest, path: string, header: GetHeader): Promise<HashserverResponse> => {
    const route = findRoute(path, request.method);
    if (request.method === "OPTIONS") {
      const allowed = header("origin") !== undefined && options.cors !== undefined;
      return { status: 204, headers: { allow: route.allow(state), ...(allowed ? PREFLIGHT : {}) }, body: null };
    }
    return route.run(state, { request, header });
  };

  const answerSafely = async (request: HashserverRequest, path: string, header: GetHeader) => {
    try {
      return await answer(request, path, header);
    } catch (error) {
      // Nobody hears it.
      if (request.signal?.aborted) return text(499, "The client has gone.\n");
      return failureResponse(state, error);
    }
  };

  return async (request) => {
    const header = headerOf(request);
    const { authority, path } = splitUrl(request.url);
    const refusal = refusesHost(authority, header);
    if (refusal !== undefined) return refusal;
    // Whoever watches over the server need not know its secrets, nor need a browser that asks what it may do.
    const open = path === PATHS.health || request.method === "OPTIONS";
    const response =
      (open ? undefined : (refusesToken(header) ?? hotAnswer(state, request, path, header))) ??
      (await answerSafely(request, path, header));
    const allowed = cors(header);
    const complete = allowed === undefined ? response : { ...response, headers: { ...response.headers, ...allowed } };
    return request.method === "HEAD" ? withoutBody(complete) : complete;
  };
}

function createState(options: HashserverHandlerOptions): ServerState {
  const { store, writable = false, token, onError = () => {} } = options;
  if (typeof store?.get !== "function" || typeof store.putStream !== "function") {
    throw new SeamlessError("INVALID_ARGUMENT", `store must be a store, got ${describe(store)}`);
  }
  if (writable && !store.writable) {
    throw new SeamlessError(
      "INVALID_ARGUMENT",
      `a writable hashserver needs a writable store, and ${store.name} is not`,
    );
  }
  return {
    store,
    writable,
    shared: token === undefined,
    maxBytes: checkLimit("maxBytes", options.maxBytes ?? MAX_BYTES),
    maxChecksums: checkLimit("maxChecksums", options.maxChecksums ?? MAX_CHECKSUMS),
    maxDecodedBytes: checkLimit("maxDecodedBytes", options.maxDecodedBytes ?? FOREIGN_LIMITS.limit),
    maxDecodedRatio: checkLimit("maxDecodedRatio", options.maxDecodedRatio ?? FOREIGN_LIMITS.ratio),
    promises: new Promises({
      time: checkLimit("promiseTime", options.promiseTime ?? PROMISE_TIME),
      limit: checkLimit("maxPromises", options.maxPromises ?? MAX_PROMISES),
      waiting: checkLimit("maxWaiting", options.maxWaiting ?? MAX_WAITING),
    }),
    hot: new Hot(checkLimit("hotBytes", options.hotBytes ?? HOT_BYTES, 0)),
    uploads: new Uploads(),
    verifying: new Turns(VERIFYING.together, VERIFYING.longest),
    onError,
  };
}

/** The host that a URL names, if it is a whole one, and its path, without a query. */
function splitUrl(url: string): { readonly authority: string | undefined; readonly path: string } {
  const [, authority, rest = url] = url.startsWith("/")
    ? []
    : (/^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)(.*)$/is.exec(url) ?? []);
  const end = rest.search(/[?#]/);
  return { authority, path: end === -1 ? rest : rest.slice(0, end) };
}

function headerOf({ headers }: HashserverRequest): GetHeader {
  if (typeof headers.get === "function") return (name) => (headers as Headers).get(name) ?? undefined;
  const record = headers as Readonly<Record<string, string | readonly string[] | undefined>>;
  return (name) => {
    const value = record[name];
    return typeof value === "string" ? value : value?.join(", ");
  };
}

function withoutBody(response: HashserverResponse): HashserverResponse {
  if (response.body !== null && "cancel" in response.body) void response.body.cancel();
  return { ...response, body: null };
}
