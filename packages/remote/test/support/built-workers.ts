import type * as WorkerThreads from "node:worker_threads";

/**
 * `node:worker_threads` for tests of the thread of folders: the sources find no file for it beside them, so that Node runs the one
 * that was built.
 *
 * @param threads - Gets those that are started.
 */
export function builtWorkers(
  { Worker, ...others }: typeof WorkerThreads,
  threads: WorkerThreads.Worker[],
): typeof WorkerThreads {
  const built = new URL("../../dist/directory/folder-worker.js", import.meta.url);
  class Built extends Worker {
    constructor(_: string | URL, options?: WorkerThreads.WorkerOptions) {
      super(built, options);
      threads.push(this);
    }
  }
  return { ...others, Worker: Built };
}
