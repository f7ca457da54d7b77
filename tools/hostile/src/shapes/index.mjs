// All shapes, by what they are made of.
import { bytes } from "./bytes.mjs";
import { encoded } from "./encoded.mjs";
import { indexFiles } from "./index-files.mjs";
import { ipython } from "./ipython.mjs";
import { json } from "./json.mjs";
import { containers } from "./mixed.mjs";
import { arrays } from "./npy.mjs";
import { python } from "./python.mjs";
import { yaml } from "./yaml.mjs";

/** @type {readonly import("../make.mjs").Shape[]} */
export const allShapes = [
  ...json,
  ...yaml,
  ...python,
  ...ipython,
  ...arrays,
  ...containers,
  ...indexFiles,
  ...encoded,
  ...bytes,
];
