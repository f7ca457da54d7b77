export { askParser, type LoadOptions, loadPython, requireParser } from "./keeper.ts";
export { findParserFault } from "./verdict.ts";
