export { ipythonToPython } from "./ipython/index.ts";
export { isValidPython, loadPython, type PythonError, pythonError } from "./verdict.ts";
