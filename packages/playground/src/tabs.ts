import { type Component, defineAsyncComponent } from "vue";

/** A tab of the page. */
export interface Tab {
  /** In the address, and the key of its state there. */
  readonly name: string;
  readonly title: string;
  /** Loaded when the tab is opened first. */
  readonly component: Component;
}

/** In the order in which they are shown; the first one is open at first. */
export const TABS: readonly Tab[] = [
  { name: "value", title: "Value", component: defineAsyncComponent(() => import("./value/Value.vue")) },
  { name: "matrix", title: "Matrix", component: defineAsyncComponent(() => import("./matrix/Matrix.vue")) },
  { name: "compare", title: "Compare", component: defineAsyncComponent(() => import("./compare/Compare.vue")) },
  { name: "cache", title: "Cache", component: defineAsyncComponent(() => import("./cache/Cache.vue")) },
];
