import { parentPort } from "node:worker_threads";
import { type PutGroup, writeGroup } from "./put-group.ts";

// The entry point of the thread that writes small buffers. Groups that come while others are flushed are begun meanwhile.
parentPort!.on("message", async ({ id, group }: { readonly id: number; readonly group: PutGroup }) => {
  parentPort!.postMessage({ id, outcomes: await writeGroup(group) });
});
