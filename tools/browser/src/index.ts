export { findChromium } from "./chromium.ts";
export { ARGUMENTS, type ModulePage, openModule, type PageOptions } from "./page.ts";
export { openSite, type Place, type Site, type SitePage } from "./site.ts";
