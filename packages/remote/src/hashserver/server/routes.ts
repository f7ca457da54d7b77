import { PATHS } from "../protocol.ts";
import type { Action, Call, ServerState } from "./call.ts";
import { get, head } from "./download.ts";
import { invalidPath, isChecksum } from "./invalid.ts";
import { has, hasNow, lengths } from "./lists.ts";
import { json, text } from "./respond.ts";
import type { HashserverResponse } from "./types.ts";
import { promise, put } from "./upload.ts";
import { verify } from "./verify.ts";

interface Method {
  readonly action: Action;
  /** Only where the server takes uploads. */
  readonly writes?: boolean;
}

type Methods = Readonly<Record<string, Method | undefined>>;

const health: Action = async () => text(200, "OK");

const QUESTIONS: ReadonlyMap<string, Methods> = new Map<string, Methods>([
  [PATHS.health, { GET: { action: health }, HEAD: { action: health } }],
  [PATHS.has, { GET: { action: has } }],
  [PATHS.hasNow, { GET: { action: hasNow } }],
  [PATHS.lengths, { GET: { action: lengths } }],
  [PATHS.verify, { GET: { action: verify } }],
]);

const BUFFER: Methods = { GET: { action: get }, HEAD: { action: head }, PUT: { action: put, writes: true } };
const PROMISE: Methods = { PUT: { action: promise, writes: true } };

/** What is to be done with a request. */
export interface Route {
  run(state: ServerState, call: Omit<Call, "hex">): Promise<HashserverResponse>;
  /** What may be done with this path, for the header `Allow`. */
  allow(state: ServerState): string;
}

const NOWHERE: Route = {
  run: async () => json(404, { detail: "Not Found" }),
  allow: () => "",
};

export function findRoute(path: string, method: string): Route {
  const question = QUESTIONS.get(path);
  if (question !== undefined) return createRoute(question, method, undefined);
  // What is no checksum is said to be none, not to be nowhere.
  const [, promised, checksum] = /^\/(promise\/)?([^/]+)$/.exec(path) ?? [];
  if (checksum === undefined) return NOWHERE;
  return createRoute(promised === undefined ? BUFFER : PROMISE, method, checksum);
}

function createRoute(methods: Methods, name: string, checksum: string | undefined): Route {
  const allow = ({ writable }: ServerState) =>
    Object.keys(methods)
      .filter((each) => writable || methods[each]?.writes !== true)
      .join(", ");
  return {
    allow,
    async run(state, call) {
      const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
      if (method === undefined || (method.writes === true && !state.writable)) {
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
