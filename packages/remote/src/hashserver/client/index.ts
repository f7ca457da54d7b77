export type { HashserverStoreOptions } from "./options.ts";
export { type HashserverStore, hashserverStore } from "./store.ts";
