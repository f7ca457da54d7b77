import { SeamlessError } from "@seamless/checksum";
import { optionChecks } from "@seamless/internal/option-checks";
import { FOREIGN_LIMITS } from "../../encoding/decode.ts";
import { PATHS, PROMISE_TIME } from "../protocol.ts";
import { corsHeaders, hostCheck, PREFLIGHT, tokenCheck } from "./access.ts";
import { ClientQueue } from "./client-queue.ts";
import { type DownloadState, get, HotCache, head, hotAnswer } from "./download.ts";
import { type HousekeepingState, list, remove, touchAll } from "./housekeeping.ts";
import { has, hasNow, lengths, verify } from "./lists.ts";
import { Promises } from "./promises.ts";
import type {
  Action,
  Call,
  GetHeader,
  HashserverHandler,
  HashserverHandlerOptions,
  HashserverRequest,
  HashserverResponse,
} from "./requests.ts";
import { failureResponse, invalidPath, isChecksum, json, text } from "./responses.ts";
import { attachment, uiAnswers } from "./ui.ts";
import { promise, put, RunningUploads, type UploadState } from "./upload.ts";

const checks = optionChecks((message) => new SeamlessError("INVALID_ARGUMENT", message));

interface HandlerState extends DownloadState, UploadState, HousekeepingState {}

const MAX_BYTES = 2 ** 36;
const MAX_CHECKSUMS = 10_000;
const MAX_PROMISES = 10_000;
const MAX_WAITING = 500;
/** Clients whose buffers are verified at a time, and questions of one that may wait. */
const VERIFYING = { concurrency: 4, maxPerClient: 16 } as const;
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
  const checkHost = hostCheck(options.hosts);
  const checkToken = tokenCheck(options.token);
  const cors = corsHeaders(options.cors);
  const ui = uiAnswers(options.ui);
  // The browser of the page has seen a buffer by one token: by another one, it asks again.
  const secret = options.token === undefined ? {} : { vary: "authorization" };
  const savedAs = ({ url }: HashserverRequest, path: string) => ({ ...attachment(url, path.slice(1)), ...secret });

  const answer = async (request: HashserverRequest, path: string, header: GetHeader): Promise<HashserverResponse> => {
    const route = findRoute(path, request.method);
    if (request.method === "OPTIONS") {
      const allowed = header("origin") !== undefined && options.cors !== undefined;
      return { status: 204, headers: { allow: route.allow(state), ...(allowed ? PREFLIGHT : {}) }, body: null };
    }
    try {
      return await route.run(state, { request, header });
    } catch (error) {
      // The client does not get it.
      if (request.signal?.aborted) return text(499, "The client has gone.\n");
      return failureResponse(state, error);
    }
  };

  return async (request) => {
    const header = headerOf(request);
    const { authority, path } = splitUrl(request.url);
    const rejection = checkHost(authority, header);
    if (rejection !== undefined) return rejection;
    // No data: it needs no token, and pages of other origins get nothing of it.
    const page = ui(request, path, header);
    if (page !== undefined) return page.then(bodyAsAsked(request), (error) => failureResponse(state, error));
    // Health checks and preflight requests of browsers have no token.
    const open = path === PATHS.health || request.method === "OPTIONS";
    const response =
      (open ? undefined : (checkToken(header) ?? hotAnswer(state, request, path, header))) ??
      (await answer(request, path, header));
    const allowed = cors(header);
    const saved = options.ui && isBuffer(response) ? savedAs(request, path) : undefined;
    const complete = [saved, allowed].reduce<HashserverResponse>(withHeaders, response);
    return bodyAsAsked(request)(complete);
  };
}

function createState(options: HashserverHandlerOptions): HandlerState {
  const { store, writable = false, token, onError = () => {} } = options;
  const allowDelete = checks.boolean("allowDelete", options.allowDelete ?? false);
  if (typeof store?.get !== "function" || typeof store.putStream !== "function") {
    checks.fail("store", "a store", store);
  }
  if (writable && !store.writable) {
    throw new SeamlessError(
      "INVALID_ARGUMENT",
      `a writable hashserver needs a writable store, and ${store.name} is not`,
    );
  }
  if (allowDelete && token === undefined) {
    throw new SeamlessError("INVALID_ARGUMENT", "a hashserver that lets clients delete needs a token");
  }
  if (allowDelete && !(store.writable && store.delete && store.list)) {
    throw new SeamlessError("INVALID_ARGUMENT", `${store.name} cannot list and delete what it has`);
  }
  return {
    store,
    writable,
    allowDelete,
    shared: token === undefined,
    maxBytes: checks.wholeNumber("maxBytes", options.maxBytes ?? MAX_BYTES, 1),
    keepEncoding: checks.boolean("keepEncoding", options.keepEncoding ?? false),
    maxChecksums: checks.wholeNumber("maxChecksums", options.maxChecksums ?? MAX_CHECKSUMS, 1),
    maxDecodedBytes: checks.wholeNumber("maxDecodedBytes", options.maxDecodedBytes ?? FOREIGN_LIMITS.limit, 1),
    maxDecodedRatio: checks.wholeNumber("maxDecodedRatio", options.maxDecodedRatio ?? FOREIGN_LIMITS.ratio, 1),
    promises: new Promises({
      time: checks.wholeNumber("promiseTime", options.promiseTime ?? PROMISE_TIME, 1),
      limit: checks.wholeNumber("maxPromises", options.maxPromises ?? MAX_PROMISES, 1),
      waiting: checks.wholeNumber("maxWaiting", options.maxWaiting ?? MAX_WAITING, 1),
    }),
    hot: new HotCache(checks.wholeNumber("hotBytes", options.hotBytes ?? HOT_BYTES)),
    uploads: new RunningUploads(),
    verifying: new ClientQueue(VERIFYING.concurrency, VERIFYING.maxPerClient),
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

/** Both may say what the answer depends on. */
function withHeaders(
  response: HashserverResponse,
  more: HashserverResponse["headers"] | undefined,
): HashserverResponse {
  if (more === undefined) return response;
  const { headers } = response;
  const vary = [headers["vary"], more["vary"]].filter((each) => each !== undefined).join(", ");
  return { ...response, headers: { ...headers, ...more, ...(vary !== "" && { vary }) } };
}

/** Are these the bytes of a buffer, or of a part of one? No other answer has this type. */
function isBuffer({ headers }: HashserverResponse): boolean {
  return headers["content-type"] === "application/octet-stream";
}

const bodyAsAsked =
  ({ method }: HashserverRequest) =>
  (response: HashserverResponse): HashserverResponse =>
    method === "HEAD" ? withoutBody(response) : response;

function withoutBody(response: HashserverResponse): HashserverResponse {
  if (response.body !== null && "cancel" in response.body) void response.body.cancel();
  return { ...response, body: null };
}

interface Method {
  readonly action: Action<HandlerState>;
  /** What the server must allow. @default nothing */
  readonly needs?: "writable" | "allowDelete";
}

type Methods = Readonly<Record<string, Method | undefined>>;

/** Also says what uploads may be encoded with (RFC 9110, section 12.5.3): older servers take them for the bytes themselves. */
const health: Action<HandlerState> = async () => text(200, "OK", { "accept-encoding": "zstd, gzip" });

const QUESTIONS: ReadonlyMap<string, Methods> = new Map<string, Methods>([
  [PATHS.health, { GET: { action: health }, HEAD: { action: health } }],
  [PATHS.has, { GET: { action: has } }],
  [PATHS.hasNow, { GET: { action: hasNow } }],
  [PATHS.lengths, { GET: { action: lengths } }],
  [PATHS.verify, { GET: { action: verify } }],
  [PATHS.touch, { PUT: { action: touchAll, needs: "writable" } }],
  [PATHS.list, { GET: { action: list, needs: "allowDelete" } }],
]);

const BUFFER: Methods = {
  GET: { action: get },
  HEAD: { action: head },
  PUT: { action: put, needs: "writable" },
  DELETE: { action: remove, needs: "allowDelete" },
};
const PROMISE: Methods = { PUT: { action: promise, needs: "writable" } };

/** What is to be done with a request. */
interface Route {
  run(state: HandlerState, call: Omit<Call, "hex">): HashserverResponse | Promise<HashserverResponse>;
  /** What may be done with this path, for the header `Allow`. */
  allow(state: HandlerState): string;
}

const NOWHERE: Route = {
  run: () => json(404, { detail: "Not Found" }),
  allow: () => "",
};

function findRoute(path: string, method: string): Route {
  const question = QUESTIONS.get(path);
  if (question !== undefined) return createRoute(question, method, undefined);
  // A name that is not a checksum gets a 400 that says so, not a 404.
  const [, promised, checksum] = /^\/(promise\/)?([^/]+)$/.exec(path) ?? [];
  if (checksum === undefined) return NOWHERE;
  return createRoute(promised === undefined ? BUFFER : PROMISE, method, checksum);
}

function createRoute(methods: Methods, name: string, checksum: string | undefined): Route {
  const isAllowed = (state: HandlerState, { needs }: Method) => needs === undefined || state[needs];
  const allow = (state: HandlerState) =>
    Object.entries(methods)
      .filter(([, method]) => method !== undefined && isAllowed(state, method))
      .map(([each]) => each)
      .join(", ");
  return {
    allow,
    run(state, call) {
      const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
      if (method === undefined || !isAllowed(state, method)) {
        return json(405, { detail: "Method Not Allowed" }, { allow: allow(state) });
      }
      if (checksum !== undefined && !isChecksum(checksum)) return invalidPath(decoded(checksum));
      return method.action(state, { ...call, hex: checksum?.toLowerCase() ?? "" });
    },
  };
}

/** Without percent-encoding; what is not UTF-8 then is shown as such. */
function decoded(part: string): string {
  const bytes = part.replace(/%([0-9a-fA-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return bytes === part ? part : new TextDecoder().decode(Uint8Array.from(bytes, (each) => each.charCodeAt(0)));
}

/**
 * The handler for servers that speak in `Request` and `Response`: service workers, Deno, Bun, Hono and others.
 *
 * @example
 * import { memoryStore } from "@seamless/store";
 * import { hashserverHandler, webHandler } from "@seamless/remote/hashserver";
 * const answer = webHandler(hashserverHandler({ store: memoryStore() }));
 * const response = await answer(new Request("http://localhost/healthcheck"));
 * console.log(response.status, await response.text()); // → 200 OK
 */
export function webHandler(handler: HashserverHandler): (request: Request) => Promise<Response> {
  return async ({ method, url, headers, body, signal }) => {
    const response = await handler({ method, url, headers, body, signal });
    return new Response(response.body as BodyInit | null, {
      status: response.status,
      headers: { ...response.headers },
    });
  };
}
