/** How many bytes an entry may cost a web page. */
export interface Ceiling {
  /** Minified. */
  readonly minified: number;
  /** Minified, then compressed with gzip -9. */
  readonly gzipped: number;
  /** Why it is that much. */
  readonly because: string;
}

/**
 * Ceilings of all entries that browsers can use, by import specifier: the whole entry with its dependencies, without
 * what is only loaded when it is used. About a tenth above what was measured. Raise one only in the commit that needs
 * it, and say why.
 */
export const ceilings: Readonly<Record<string, Ceiling>> = {
  "@seamless/checksum": {
    minified: 23_000,
    gzipped: 9_600,
    because:
      "SHA-256 in JavaScript is 5 kB of it, since hashing must be synchronous and WebCrypto is not; 2 kB make hashing and copying give way to the event loop and share a signal; 1.5 kB are proofs and WebCrypto, which hashes ten times as fast; the rest is checksums, indexes and their comparison, the runtime port and the errors",
  },
  "@seamless/checksum/unsafe": {
    minified: 14_000,
    gzipped: 6_200,
    because: "checksums, with the word by which caches find them, and their hashing, which every proof holds",
  },
  "@seamless/celltypes": {
    minified: 121_500,
    gzipped: 44_500,
    because:
      "YAML is 30 kB of it, other readers 15 kB; 2 kB write numbers and read JSON, also long lists of numbers, as fast as the engine does; serialize alone, without these, is 67 kB; 0.2 kB find the optional parser of code without the bundler",
  },
  "@seamless/celltypes/npy": {
    minified: 20_000,
    gzipped: 9_000,
    because:
      "reading and writing headers is half of it, element types and their notation a quarter, Python's table of printable characters 2 kB",
  },
  "@seamless/celltypes/plain": {
    minified: 20_000,
    gzipped: 7_600,
    because:
      "a parser and a writer of JSON, half each, what tells when the engine's own parser will do, and the one class of errors",
  },
  "@seamless/celltypes/code": {
    minified: 2_230,
    gzipped: 1_240,
    because: "asks for the optional parser of code; the one class of errors is most of it",
  },
  "@seamless/celltypes/numbers": {
    minified: 4_800,
    gzipped: 2_200,
    because: "the notations of Python, NumPy and orjson, and the one class of errors",
  },
  "@seamless/celltypes/yaml": {
    minified: 34_500,
    gzipped: 13_000,
    because: "the scanner, grammar and constructors of YAML 1.1, and numbers as Python reads them",
  },
  "@seamless/conversion": {
    minified: 151_000,
    gzipped: 53_400,
    because: "all of celltypes, and 24 kB for the matrix and its rules, of it 1 kB the checks of options",
  },
  "@seamless/conversion/explain": {
    minified: 15_000,
    gzipped: 4_600,
    because: "the matrix and its words, half each, and the one class of errors; nothing that converts",
  },
  "@seamless/python": {
    minified: 53_500,
    gzipped: 21_000,
    because:
      "a third each: Python's tokenizer, its grammar, and IPython's transforms; the names of characters, 227 kB, are only fetched by loadPython()",
  },
  "@seamless/python/register": {
    minified: 400,
    gzipped: 300,
    because: "where to find the loader; the package itself is loaded when the first code cell is read",
  },
  "@seamless/store": {
    minified: 26_500,
    gzipped: 10_600,
    because:
      "more than half of it are checksums and SHA-256; the rest are verified streams, proofs, the store in memory, 1.2 kB the table of failures that are not tried again, and as much each for streams that go on where they broke off and for progress",
  },
  "@seamless/store/housekeeping": {
    minified: 38_000,
    gzipped: 14_800,
    because:
      "a third are checksums and SHA-256, a third streams and proofs; copies and the collection of garbage are 12 kB",
  },
  "@seamless/store/suite": {
    minified: 45_500,
    gzipped: 14_900,
    because:
      "a third of it is SHA-256; the rest are the tests, 10 kB of them those of encodings and of the proofs of what was decoded",
  },
  "@seamless/cache": {
    minified: 180_000,
    gzipped: 63_000,
    because:
      "celltypes, which transformations read and write, is most of it; the cache itself is 51 kB, 6 kB of which are columns with a hash table of their own in place of objects in a Map: a third less memory for an entry, and half the time for a lookup",
  },
  "@seamless/remote": {
    minified: 114_000,
    gzipped: 43_000,
    because:
      "client, server and tiers are about 20 kB each, of the server 3 kB give out a web page, of the tiers as much hand on what lies encoded; 4 kB read the URLs of stores that are only loaded when they are used, such as plain web servers; the rest is what all of them use, as in the entries below",
  },
  "@seamless/remote/browser": {
    minified: 42_700,
    gzipped: 15_200,
    because:
      "14 kB are the store, its database, files and eviction, and 3.4 kB idb; the rest are checksums, SHA-256 and verified streams",
  },
  "@seamless/remote/hashserver": {
    minified: 85_000,
    gzipped: 30_500,
    because:
      "27 kB are the client, which goes on with broken downloads, sends what is encoded as it is, lists and deletes, and 25 kB the server, of which 3 kB give out a web page, and which a page that is only one of them leaves out; checksums and SHA-256 are 13 kB; the decoder of zstd is only loaded when it is needed",
  },
  "@seamless/remote/http": {
    minified: 50_500,
    gzipped: 18_600,
    because:
      "the client of HTTP is 13 kB of it, the store 6 kB, which hands on what lies encoded; checksums and SHA-256 are 13 kB, decoding and verified streams 5 kB",
  },
  "@seamless/remote/s3": {
    minified: 64_500,
    gzipped: 22_800,
    because:
      "29 kB are the store, of which 4 kB are the table of errors and 5 kB keep and hand on what is encoded, and mark what may not be replaced; the rest are checksums, SHA-256, verified streams and decoders; the client of AWS is loaded when it is used",
  },
  "@seamless/remote/tiered": {
    minified: 50_000,
    gzipped: 17_800,
    because:
      "18 kB are the tiers, 5 kB decode what a tier keeps plain that comes encoded; the rest are checksums, SHA-256 and verified streams",
  },
  "@seamless/core": {
    minified: 314_000,
    gzipped: 112_000,
    because:
      "all packages in one, each with its own copy of the private helpers that it uses, such as checks of options; a page that uses a part of it imports that part's package",
  },
};

/**
 * Ceilings of single exports: import specifier → name → what a page loads that imports this name alone. For entries of which
 * a page mostly uses one part.
 */
export const exportCeilings: Readonly<Record<string, Readonly<Record<string, Ceiling>>>> = {
  "@seamless/remote/hashserver": {
    hashserverStore: {
      minified: 57_500,
      gzipped: 20_500,
      because:
        "the client is 26 kB of it, which sends what is encoded as it is, lists and deletes too, checksums and SHA-256 are 13 kB, decoding and verified streams 6 kB, going on with a broken download and telling how far it is 3 kB",
    },
  },
};
