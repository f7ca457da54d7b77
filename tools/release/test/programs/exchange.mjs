// Writes to a hashserver and reads from it: `node exchange.mjs URL NAME`. The newer client has another name for `getStream`,
// and newer server and client have other paths for some questions.
import assert from "node:assert/strict";
import { Checksum } from "@seamless/checksum";
import { hashserverStore } from "@seamless/remote/hashserver";

const store = hashserverStore(process.argv[2]);
const bytes = new TextEncoder().encode(`written by a client of ${process.argv[3]}`);
const checksum = Checksum.of(bytes);
const missing = Checksum.of(new Uint8Array([0]));
await store.put(checksum, bytes);
assert.deepEqual(await store.has([checksum, missing]), [true, false]);
assert.deepEqual(await store.lengths([checksum, missing]), [bytes.length, undefined]);
// What the server does not know is no error.
assert.deepEqual(await store.check([checksum, missing]), ["unknown", "unknown"]);
assert.deepEqual(new Uint8Array(await store.get(checksum)), bytes);

const large = new Uint8Array(3_000_000).map((_, i) => i % 251);
await store.put(Checksum.of(large), large);
let length = 0;
const open = "openStream" in store ? "openStream" : "getStream";
for await (const chunk of await store[open](Checksum.of(large))) length += chunk.length;
assert.equal(length, large.length);
await store.close();
console.log("exchanged");
