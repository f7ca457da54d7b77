export { hashserverHandler } from "./handler.ts";
export type {
  HashserverHandler,
  HashserverHandlerOptions,
  HashserverRequest,
  HashserverResponse,
  StreamMemory,
} from "./types.ts";
export { webHandler } from "./web.ts";
