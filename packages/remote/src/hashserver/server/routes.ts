import { PATHS } from "../protocol.ts";
import type { Action, Call, ServerState } from "./call.ts";
import { get, head } from "./download.ts";
import { has, lengths } from "./lists.ts";
import { text } from "./respond.ts";
import type { HashserverResponse } from "./types.ts";
import { promise, put } from "./upload.ts";

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
  [PATHS.lengths, { GET: { action: lengths } }],
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
  run: async () => text(404, "Not found\n"),
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
      if (method === undefined) return text(405, "This is not done here.\n", { allow: allow(state) });
      if (method.writes === true && !state.writable) {
        return text(405, "This server is read-only.\n", { allow: allow(state) });
      }
      const hex = checksum?.toLowerCase() ?? "";
      if (checksum !== undefined && !/^[0-9a-f]{64}$/.test(hex)) {
        return text(400, "A checksum is 64 hex digits.\n");
      }
      return method.action(state, { ...call, hex });
    },
  };
}
