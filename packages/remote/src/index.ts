export { directoryStore } from "#directory";
export type {
  CorruptFile,
  DirectoryLayout,
  DirectoryStore,
  DirectoryStoreOptions,
  VerifyOptions,
  VerifyProgress,
  VerifyReport,
  VerifyStep,
} from "./directory/types.ts";
export {
  type HashserverHandler,
  type HashserverHandlerOptions,
  type HashserverRequest,
  type HashserverResponse,
  type HashserverStore,
  type HashserverStoreOptions,
  hashserverHandler,
  hashserverStore,
  webHandler,
} from "./hashserver/index.ts";
export { type OpenStoreOptions, openStore, urlStore } from "./open-store.ts";
export { type TieredStore, type TieredStoreOptions, type TierStats, tieredStore } from "./tiered/tiered-store.ts";
