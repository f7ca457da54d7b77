export { findChromium } from "./chromium.ts";
export { longestTask, slowDown, slowness, watchTasks } from "./long-tasks.ts";
export { ARGUMENTS, type ModulePage, openModule, type PageOptions } from "./page.ts";
export { openSite, type Place, type Site, type SitePage } from "./site.ts";
