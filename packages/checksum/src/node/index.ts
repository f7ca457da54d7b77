export { showPath } from "@seamless/internal/text";
export { type ChecksumFileOptions, checksumFile } from "./checksum-file.ts";
export { fileError } from "./file-error.ts";
export { readHandle, syncHandle, syncHandleData } from "./file-handle.ts";
export { type HashedFiles, type HashFilesOptions, hashFiles } from "./hash-files.ts";
export {
  type IndexDirectoryOptions,
  type IndexedDirectory,
  type IndexProgress,
  indexDirectory,
} from "./index-directory.ts";
export { type IndexFile, type IndexPaths, type IndexSource, indexPaths, readIndex, writeIndex } from "./index-file.ts";
export { findLeftovers, isTemporaryName, temporaryName } from "./leftovers.ts";
export { type MakeFolderOptions, makeFolder } from "./make-folder.ts";
export { absolutePath } from "./path.ts";
export { syncFolder } from "./sync-folder.ts";
export { type DirectoryVerdict, verifyDirectory } from "./verify-directory.ts";
export type { SkippedFile } from "./walk.ts";
export { type WriteAtomicOptions, writeAtomic } from "./write-atomic.ts";
