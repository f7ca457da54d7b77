import { Worker } from "node:worker_threads";

/** Starts the thread that works on folders. */
export function startFolderWorker(): Worker {
  // Options of this process (`--input-type`) may not be valid for a file.
  return new Worker(new URL("./folder-worker.js", import.meta.url), { execArgv: [] });
}
