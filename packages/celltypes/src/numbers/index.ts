export { orjsonFloat } from "./orjson.ts";
export { isInteger, pythonFloat, pythonFloat16, pythonFloat32, pythonStr } from "./python.ts";
export { parsePythonFloat, parsePythonInt } from "./python-parse.ts";
export { shortestHalf, shortestSingle } from "./single.ts";
