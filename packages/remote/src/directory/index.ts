export { directoryStore } from "./store.ts";
export type {
  CorruptFile,
  DirectoryLayout,
  DirectoryStore,
  DirectoryStoreOptions,
  ListedBuffer,
  VerifyOptions,
  VerifyProgress,
  VerifyReport,
  VerifyStep,
} from "./types.ts";
