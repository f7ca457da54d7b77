export { type Clock, systemClock, type Timer } from "./clock.ts";
export { type ManualClock, manualClock } from "./manual.ts";
