export { hashserverHandler } from "./handler.ts";
export type {
  HashserverHandler,
  HashserverHandlerOptions,
  HashserverRequest,
  HashserverResponse,
} from "./types.ts";
export { webHandler } from "./web.ts";
