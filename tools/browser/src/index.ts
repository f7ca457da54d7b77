export { findChromium } from "./chromium.ts";
export { type ModulePage, openModule, type PageOptions } from "./page.ts";
