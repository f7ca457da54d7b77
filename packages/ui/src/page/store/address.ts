import { usePlayground } from "@seamless/playground/subject";
import { type ComputedRef, computed } from "vue";
import { type Place, readPlace, writePlace } from "./place.ts";

/** Name of the tab of the store, and of its state in the address. */
export const STORE = "store";

/** The fragment that leads to a place: as the playground writes it, who keeps what its tabs are about in the address. */
export function hrefOf(place: Place): string {
  return `#${new URLSearchParams({ v: "1", tab: STORE, [STORE]: writePlace(place) })}`;
}

/** The place that the address of the page names, after its `#`. */
export function useAddress(): ComputedRef<Place | undefined> {
  const { states } = usePlayground();
  // By the text: what other tabs keep there changes, too.
  const text = computed(() => states.value[STORE] ?? "");
  return computed(() => readPlace(text.value));
}
