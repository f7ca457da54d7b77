/**
 * What the entries of packages below their main one are for, by what is imported: a sentence each, for the list of all
 * entries. The main one has the description of its package.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const ENTRIES = {
  "@seamless/cache/node": "A record of computations in a folder, which processes share",
  "@seamless/celltypes/code": "Loads the parser of Python, so that code can be parsed synchronously",
  "@seamless/celltypes/npy": "Reads and writes NumPy's .npy alone, whole or in chunks",
  "@seamless/celltypes/numbers": "Writes numbers as Python does",
  "@seamless/celltypes/plain": "Reads and writes JSON alone, as the celltype plain has it",
  "@seamless/celltypes/yaml": "Reads YAML as Python does, and makes JSON of it",
  "@seamless/checksum/node":
    "Checksums of files, indexes of directories, and files that are written whole or not at all",
  "@seamless/checksum/unsafe": "Proves the checksum of bytes that nobody changes, so that they are hashed once",
  "@seamless/conversion/explain": "Says what a conversion does, step by step, and what it needs",
  "@seamless/remote/browser": "A store in the browser's IndexedDB",
  "@seamless/remote/directory": "A store in a folder, laid out as in Python",
  "@seamless/remote/encoding": "Compresses buffers chunk by chunk, and decompresses them",
  "@seamless/remote/hashserver": "A store behind a hashserver, and what answers the requests to one",
  "@seamless/remote/hashserver/node": "A hashserver as a server of Node",
  "@seamless/remote/http": "A store that is read from a web server",
  "@seamless/remote/redis": "A store in Redis or Valkey",
  "@seamless/remote/s3": "A store in a bucket of S3",
  "@seamless/remote/tiered": "Several stores as one",
  "@seamless/store/housekeeping": "Copies buffers between stores, counts them, and collects garbage",
  "@seamless/store/suite": "The tests that every store has to pass",
};
