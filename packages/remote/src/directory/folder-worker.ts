import { parentPort } from "node:worker_threads";
import type { Request } from "./folder-thread.ts";
import { lookNow } from "./look-now.ts";
import { writeGroup } from "./put-group.ts";
import { readNow } from "./read-now.ts";

// The entry point of the thread of `folder-thread.ts`. What comes while others are flushed is begun meanwhile.
parentPort!.on("message", async ({ id, work }: Request) => {
  if (work.kind === "read") {
    const answer = readNow(work.files);
    parentPort!.postMessage({ id, answer }, [answer.bytes.buffer as ArrayBuffer]);
  } else {
    const answer = work.kind === "look" ? work.lists.map((list) => lookNow(list)) : await writeGroup(work.group);
    parentPort!.postMessage({ id, answer });
  }
});
