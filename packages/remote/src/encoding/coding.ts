/** A content coding (RFC 9110, section 8.4.1) that is supported. */
export type Coding = "gzip" | "zstd";

/** Header value → coding. */
const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["zstd", "zstd"],
]);

/**
 * The codings that a `Content-Encoding` header names, in the order in which to decode them.
 *
 * @returns `undefined` if one of them is unknown.
 */
export function parseCodings(header: string | undefined): readonly Coding[] | undefined {
  const names = (header ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "" && name !== "identity");
  const codings = names.map((name) => CODINGS.get(name));
  // Each costs memory, and there is no reason for more than one.
  if (codings.length > 2 || codings.includes(undefined)) return undefined;
  return (codings as Coding[]).reverse();
}

/** Decodes chunks in constant memory. Throws what the source throws, and errors of its own. */
export type Decoder = (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** One decoder for each coding. Node and browsers have different ones: package.json chooses `#decoders` by export condition. */
export type Decoders = Readonly<Record<Coding, Decoder>>;
