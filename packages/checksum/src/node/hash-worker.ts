import { parentPort } from "node:worker_threads";
import { type HashJob, runHashJob } from "./hash-job.ts";

// The entry point of a worker thread of `hashFiles`, which ends when its one job is done.
parentPort!.once("message", (job: HashJob) => {
  void runHashJob(
    job,
    () => undefined,
    // An error does not survive the way to the main thread with its class, so its parts are sent.
    ({ code, message, file }) => parentPort!.postMessage({ code, message, file }),
  );
});
