export { ipythonToPython } from "./ipython/cell.ts";
export { isValidPython, loadPython, type PythonError, pythonError } from "./validity.ts";
