export { type HashserverStore, type HashserverStoreOptions, hashserverStore } from "./client/index.ts";
export {
  type HashserverHandler,
  type HashserverHandlerOptions,
  type HashserverRequest,
  type HashserverResponse,
  hashserverHandler,
  webHandler,
} from "./server/index.ts";
