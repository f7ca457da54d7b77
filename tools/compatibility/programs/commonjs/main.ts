// In TypeScript that becomes CommonJS: `commonjs/main.ts FOLDER`.
import { Checksum } from "@seamless/checksum";
import { runFeatures } from "../features.mjs";

const checksum: Checksum = Checksum.of(new Uint8Array());
if (checksum.hex().length !== 64) throw new Error(checksum.hex());
runFeatures(async (name: string) => require(name), { folder: process.argv[2]! }).then(() =>
  console.log("all features work"),
);
