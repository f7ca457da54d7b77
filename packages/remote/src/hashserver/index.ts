export { type HashserverStore, type HashserverStoreOptions, hashserverStore } from "./client/index.ts";
export {
  type HashserverHandler,
  type HashserverHandlerOptions,
  type HashserverRequest,
  type HashserverResponse,
  hashserverHandler,
  type StreamMemory,
  webHandler,
} from "./server/index.ts";
