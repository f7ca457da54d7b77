import { parentPort, workerData } from "node:worker_threads";
import { type HashJob, runHashJob } from "./checksum-file.ts";

// The entry point of a worker thread of `hashFiles`. An error does not survive the way to the main thread with its
// class, so its parts are sent.
void runHashJob(
  workerData as HashJob,
  () => undefined,
  ({ code, message, file }) => parentPort?.postMessage({ code, message, file }),
);
