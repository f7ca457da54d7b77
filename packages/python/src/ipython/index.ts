export { ipythonToPython } from "./cell.ts";
