export { directoryStore } from "./store.ts";
export type {
  CorruptFile,
  DirectoryLayout,
  DirectoryStore,
  DirectoryStoreOptions,
  Verdict,
  VerifyOptions,
  VerifyProgress,
  VerifyReport,
  VerifyStep,
} from "./types.ts";
