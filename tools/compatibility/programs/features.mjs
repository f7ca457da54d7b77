// What users do with the packages, in plain JavaScript that every runtime reads: fails at the first byte that is wrong.
import assert from "node:assert/strict";
import { Checksum } from "@seamless/checksum";

assert.equal(
  Checksum.of(new TextEncoder().encode("hello\n")).hex(),
  "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
);
console.log("all features work");
