export { directoryStore } from "./store.ts";
export type {
  CheckOptions,
  CheckProgress,
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
