export { directoryStore } from "./store.ts";
export type {
  CorruptFile,
  DirectoryLayout,
  DirectoryStore,
  DirectoryStoreOptions,
  ListedBuffer,
  Verdict,
  VerifyOptions,
  VerifyProgress,
  VerifyReport,
  VerifyStep,
} from "./types.ts";
