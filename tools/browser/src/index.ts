export { findChromium } from "./chromium.ts";
export { type ModulePage, openModule } from "./page.ts";
