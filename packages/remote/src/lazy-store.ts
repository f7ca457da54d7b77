import { SeamlessError } from "@seamless/checksum";
import { type CostClass, type Store, withProofs } from "@seamless/store";

type Optional = Required<Pick<Store, "list" | "delete" | "touch" | "getEncoded" | "putEncoded">>;

/** What a store says of itself before its code is loaded. */
export interface LazyFacts {
  readonly name: string;
  readonly writable: boolean;
  readonly costClass: CostClass;
  readonly resumes: boolean;
  /** Which of the optional methods it has. */
  readonly methods: readonly (keyof Optional)[];
}

/**
 * A store of which the code is loaded when it is first used: whoever opens stores by their URL does not load them all.
 *
 * @param load - Called once. What it gives has the methods for proven bytes.
 */
export function lazyStore(facts: LazyFacts, load: () => Promise<Store>): Store & AsyncDisposable {
  const { methods, ...rest } = facts;
  let loading: Promise<Store> | undefined;
  let closed = false;
  const loaded = () => {
    if (closed && loading === undefined) {
      return Promise.reject(new SeamlessError("STORE_FAILED", `${facts.name}: the store is closed`));
    }
    loading ??= load();
    return loading;
  };
  const close = async () => {
    closed = true;
    // What was never used has nothing to let go of; what could not be loaded, neither.
    const store = await loading?.catch(() => undefined);
    await store?.close?.();
  };
  const optional: Optional = {
    async *list(options) {
      yield* (await loaded()).list!(options);
    },
    delete: async (checksum, options) => (await loaded()).delete!(checksum, options),
    touch: async (checksums, options) => (await loaded()).touch!(checksums, options),
    getEncoded: async (checksum, accept, options) => (await loaded()).getEncoded!(checksum, accept, options),
    putEncoded: async (checksum, coding, chunks, options) =>
      (await loaded()).putEncoded!(checksum, coding, chunks, options),
  };
  const store: Store & AsyncDisposable = {
    ...rest,
    has: async (checksums, options) => (await loaded()).has(checksums, options),
    lengths: async (checksums, options) => (await loaded()).lengths(checksums, options),
    get: async (checksum, options) => (await loaded()).get(checksum, options),
    getStream: async (checksum, options) => (await loaded()).getStream(checksum, options),
    put: async (checksum, bytes, options) => (await loaded()).put(checksum, bytes, options),
    putStream: async (checksum, chunks, options) => (await loaded()).putStream(checksum, chunks, options),
    ...Object.fromEntries(methods.map((name) => [name, optional[name]])),
    close,
    [Symbol.asyncDispose]: close,
  };
  return withProofs(store, {
    getProven: async (checksum, options) => (await loaded()).getProven!(checksum, options),
    putProven: async (bytes, options) => (await loaded()).putProven!(bytes, options),
  });
}
