// A process that measures what it is told to, until nobody tells it any more.
import { answerOf, measure } from "./measure.mjs";
import { prepare, readers } from "./readers.mjs";
import { allShapes } from "./shapes/index.mjs";

const shapes = new Map(allShapes.map((shape) => [shape.name, shape]));
await prepare();
process.send?.("ready");

process.on("message", async (/** @type {import("./pool.mjs").Task} */ { shape, reader, warmUp, sizes }) => {
  const read = readers.get(reader);
  const make = shapes.get(shape)?.make;
  if (read === undefined || make === undefined) throw new Error(`there is no ${shape}, or nobody is ${reader}`);
  await answerOf(read, asBytes(make(warmUp)));
  const measured = [];
  for (const size of sizes) measured.push(await measure(read, asBytes(make(size))));
  process.send?.(measured);
});

/** @param {string | Uint8Array} made */
function asBytes(made) {
  return typeof made === "string" ? new TextEncoder().encode(made) : made;
}
