export type { HashserverStoreOptions } from "./client/options.ts";
export { type HashserverStore, hashserverStore } from "./client/store.ts";
export { hashserverHandler, webHandler } from "./server/handler.ts";
export type {
  HashserverHandler,
  HashserverHandlerOptions,
  HashserverRequest,
  HashserverResponse,
  StreamMemory,
  UiFile,
  UiFiles,
} from "./server/requests.ts";
