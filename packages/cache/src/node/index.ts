export {
  type DirectoryRecord,
  type DirectoryRecordOptions,
  type DirectoryRecordStats,
  openDirectoryRecord,
} from "./directory-record.ts";
