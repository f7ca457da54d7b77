import { Checksum, isSeamlessError } from "@seamless/checksum";
import { type HashserverStore, hashserverStore } from "@seamless/remote/hashserver";
import { type ComputedRef, computed, type InjectionKey, inject, shallowRef } from "vue";

/** The store that this page is served beside, and how it is asked. */
export interface Session {
  /** For messages and commands: where the store is. */
  readonly url: string;
  /** Is a token in use? The token itself is nowhere but in the store's requests. */
  readonly hasToken: ComputedRef<boolean>;
  /** Changes with the token. */
  readonly store: ComputedRef<HashserverStore>;
  /**
   * Use another token from now on. It is kept in the memory of this page alone.
   *
   * @param token - Empty for none.
   * @throws {SeamlessError} `INVALID_ARGUMENT` if it is no token; the one before stays.
   */
  setToken(token: string): void;
}

/** A page is looked at by somebody who waits: a server that is gone is told sooner than to a program. */
const RETRIES = { count: 1 };

/** @param page - URL of the page: the store is one folder above it. */
export function createSession(page: string): Session {
  const url = new URL("..", page).href;
  const open = (token: string) =>
    hashserverStore(url, { writable: false, retries: RETRIES, ...(token !== "" && { token }) });
  const state = shallowRef({ hasToken: false, store: open("") });
  return {
    url,
    hasToken: computed(() => state.value.hasToken),
    store: computed(() => state.value.store),
    setToken(token) {
      state.value = { hasToken: token !== "", store: open(token) };
    },
  };
}

export const SESSION: InjectionKey<Session> = Symbol("session");

/**
 * The session of the page, in a component within `App.vue`.
 *
 * @throws {Error} if it stands elsewhere.
 */
export function useSession(): Session {
  const session = inject(SESSION);
  if (session === undefined) throw new Error("this component stands within App.vue only");
  return session;
}

/**
 * What a reader can do about a failure, in a sentence or two.
 *
 * @param error - What was thrown while the store was asked.
 */
export function explain(error: unknown, { url, hasToken }: Pick<Session, "url" | "hasToken">): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!isSeamlessError(error)) return message;
  switch (error.code) {
    case "ACCESS_DENIED":
      if (message.includes("403")) return "The server does not allow it (status 403).";
      return hasToken.value
        ? "The server does not accept this token (status 401). Type another one above."
        : "The server requires a token (status 401). Type it above.";
    case "CHECKSUM_MISMATCH":
      return "What the store has under this checksum is something else: its bytes are damaged. Nothing was saved.";
    case "STORE_FAILED":
      if (message.includes("the request failed")) return `The server at ${url} cannot be reached. Is it still running?`;
      return message;
    default:
      return message;
  }
}

/** What somebody may paste for a checksum: with white space around, or in capitals. */
export function readChecksum(text: string): Checksum | undefined {
  const hex = text.trim().toLowerCase();
  return /^[0-9a-f]{64}$/.test(hex) ? new Checksum(hex) : undefined;
}
