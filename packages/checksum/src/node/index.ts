export type { Decode } from "../proven-decoding.ts";
export { type ChecksumFileOptions, checksumFile, proveFileDecoding } from "./checksum-file.ts";
export type { SkippedFile } from "./find-files.ts";
export type { Decoders } from "./hash-encoded.ts";
export { type HashedFiles, type HashFilesOptions, hashFiles } from "./hash-files.ts";
export type { MemoryOptions, MemoryReport } from "./hash-incrementally.ts";
export {
  type DecodedFile,
  type IndexDirectoryOptions,
  type IndexedDirectory,
  type IndexProgress,
  indexDirectory,
} from "./index-directory.ts";
export {
  type DirectoryVerdict,
  type IndexFile,
  type IndexPaths,
  type IndexSource,
  indexPaths,
  readIndex,
  verifyDirectory,
  writeIndex,
} from "./index-file.ts";
export { type LinkAtomicOptions, type LinkKind, linkAtomic } from "./link-atomic.ts";
export { type MakeFolderOptions, makeFolder } from "./make-folder.ts";
export { absolutePath, fileError } from "./path.ts";
export { findLeftovers, type WriteAtomicOptions, writeAtomic } from "./write-atomic.ts";
