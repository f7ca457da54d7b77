export type { StoreFixture } from "./fixture.ts";
export { type StoreSuiteOptions, storeSuite } from "./suite.ts";
