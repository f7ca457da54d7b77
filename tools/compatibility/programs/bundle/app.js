// What is bundled. Nothing runs before it is asked to, as servers at the edge demand.
import { Buffer, convert, hashserverStore, memoryStore, tieredStore } from "@seamless/core";

globalThis.outcome = async () => {
  const buffer = new Buffer({ name: "probe", samples: [1, 2.5] }, "plain");
  const checksum = buffer.getChecksum();
  const list = new Buffer([1, 2.5], "plain");
  const made = await convert(list.getChecksum(), "plain", "binary", async () => list);
  const store = tieredStore([memoryStore(), hashserverStore("http://127.0.0.1:9/")]);
  await store.close();
  const code = new Buffer("x = 1\n", "text").getValue("python");
  return {
    checksum: checksum.hex(),
    converted: made.checksum.hex(),
    code: await code.catch((error) => error.code),
  };
};
