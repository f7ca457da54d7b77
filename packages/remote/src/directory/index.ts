export { directoryStore } from "./store.ts";
export type {
  CompressOptions,
  CorruptFile,
  DirectoryLayout,
  DirectoryStore,
  DirectoryStoreOptions,
  RewriteOptions,
  RewriteProgress,
  RewriteReport,
  Verdict,
  VerifyOptions,
  VerifyProgress,
  VerifyReport,
  VerifyStep,
} from "./types.ts";
