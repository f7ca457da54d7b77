import { join } from "node:path";
import { createRuntime, Transformations } from "@seamless/cache";
import { openDirectoryRecord } from "@seamless/cache/node";
import { Buffer as SeamlessBuffer } from "@seamless/celltypes";
import { directoryStore } from "@seamless/remote/directory";

/** A record of 2 + 3, and a store that has the inputs, but not the result. */
export async function recordSum(dir: string): Promise<void> {
  const store = directoryStore(join(dir, "store"));
  const [two, three] = [new SeamlessBuffer(2, "int"), new SeamlessBuffer(3, "int")];
  for (const buffer of [two, three]) await store.put(buffer.getChecksum(), buffer.content);
  const record = await openDirectoryRecord(join(dir, "record"));
  const transformations = new Transformations({ record });
  transformations.register("add", (inputs) => (inputs["a"] as number) + (inputs["b"] as number));
  const runtime = createRuntime({ stores: [store], transformations });
  const inputs = {
    a: { checksum: two.getChecksum(), celltype: "int" },
    b: { checksum: three.getChecksum(), celltype: "int" },
  } as const;
  await runtime.run({ function: "add", inputs, output: "int" });
  await runtime.close();
  await record.close();
  await store.close();
}
