export { ipythonToPython } from "./ipython/index.ts";
export { type LoadOptions, loadPython } from "./parser/index.ts";
export { isValidPython, type PythonError, pythonError } from "./verdict.ts";
