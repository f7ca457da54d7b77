/** A content coding (RFC 9110, section 8.4.1) that a buffer may come in. */
export type Coding = "gzip" | "zstd";

/** Header value → coding. */
const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["zstd", "zstd"],
]);

/**
 * The codings that a `Content-Encoding` header names, in the order in which they are to be undone.
 *
 * @returns `undefined` if one of them is unknown.
 */
export function parseCodings(header: string | undefined): readonly Coding[] | undefined {
  const names = (header ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "" && name !== "identity");
  const codings = names.map((name) => CODINGS.get(name));
  // Each costs memory; nobody has a reason for more than one.
  if (codings.length > 2 || codings.includes(undefined)) return undefined;
  return (codings as Coding[]).reverse();
}

/** Decodes chunks as they come, in constant memory. Throws what the source throws, and errors of its own. */
export type Decoder = (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** What differs between Node and browsers; `#decoders` in package.json chooses by export condition. */
export type Decoders = Readonly<Record<Coding, Decoder>>;
