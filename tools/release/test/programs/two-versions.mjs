// Two versions of several packages in one program: what one makes, the other knows.
import assert from "node:assert/strict";
import { createRuntime } from "@seamless/cache";
import * as celltypes from "@seamless/celltypes";
import * as checksum from "@seamless/checksum";
import { memoryStore } from "@seamless/store";
import * as oldCelltypes from "old-celltypes";
import * as oldChecksum from "old-checksum";
import { memoryStore as oldMemoryStore } from "old-store";

assert.notEqual(oldChecksum.Checksum, checksum.Checksum, "these are one version");
assert.notEqual(oldCelltypes.Buffer, celltypes.Buffer, "these are one version");

const pairs = [
  { mine: checksum, theirs: oldChecksum, types: celltypes, theirTypes: oldCelltypes },
  { mine: oldChecksum, theirs: checksum, types: oldCelltypes, theirTypes: celltypes },
];
for (const { mine, theirs, types, theirTypes } of pairs) {
  const sum = theirs.Checksum.of(new Uint8Array([1, 2, 3]));
  assert(mine.Checksum.isChecksum(sum));
  assert(new mine.Checksum(sum).equals(sum));

  assert.throws(
    () => new theirs.Checksum("no checksum"),
    (error) => mine.isSeamlessError(error, "INVALID_ARGUMENT"),
  );

  const array = new theirTypes.NdArray(new Float64Array([1, 2]));
  assert(types.NdArray.isNdArray(array));
  assert.deepEqual(types.serialize(array, "binary"), theirTypes.serialize(array, "binary"));

  const float = new theirTypes.Float(1);
  assert(types.Float.isFloat(float));
  assert.equal(new TextDecoder().decode(types.serialize([float], "plain")), "[\n  1.0\n]\n");

  const buffer = new theirTypes.Buffer({ a: float }, "plain");
  assert(types.Buffer.isBuffer(buffer));
}

// A cache of today with a store of yesterday, called by a checksum of yesterday.
for (const makeStore of [oldMemoryStore, memoryStore]) {
  const runtime = createRuntime({ stores: [makeStore()] });
  const previous = checksum.installRuntime(runtime);
  const buffer = new oldCelltypes.Buffer({ a: [1, 2] }, "plain");
  await buffer.write();
  const read = await new oldChecksum.Checksum(buffer.getChecksum().hex()).resolve("plain");
  assert.deepEqual(read, { a: [1, 2] });
  await runtime.close();
  checksum.installRuntime(previous);
}
console.log("they get along");
