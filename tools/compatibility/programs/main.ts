// In TypeScript, in a project of ES modules: `main.ts FOLDER`.
import { type Celltype, NdArray, serialize } from "@seamless/celltypes";
import { Checksum } from "@seamless/checksum";
import { runFeatures } from "./features.mjs";

const celltype: Celltype = "plain";
const array: NdArray = new NdArray(new Float64Array(2));
const checksum: Checksum = Checksum.of(serialize([...array.shape], celltype));
if (checksum.hex().length !== 64) throw new Error(checksum.hex());
await runFeatures((name: string) => import(name), { folder: process.argv[2]! });
console.log("all features work");
