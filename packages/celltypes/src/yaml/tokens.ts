// The tokens of YAML 1.1, as bits: what may follow in some place is one number.

export const STREAM_END = 1;
export const DIRECTIVE = 2;
export const DOCUMENT_START = 4;
export const DOCUMENT_END = 8;
export const BLOCK_SEQUENCE_START = 16;
export const BLOCK_MAPPING_START = 32;
export const BLOCK_END = 64;
export const FLOW_SEQUENCE_START = 128;
export const FLOW_SEQUENCE_END = 256;
export const FLOW_MAPPING_START = 512;
export const FLOW_MAPPING_END = 1024;
export const BLOCK_ENTRY = 2048;
export const FLOW_ENTRY = 4096;
export const KEY = 8192;
export const VALUE = 16384;
export const ALIAS = 32768;
export const ANCHOR = 65536;
export const TAG = 131072;
export const SCALAR = 262144;

/** Stands before what may turn out to be a key without `?`, until that is known. */
export const UNDECIDED = 0;
/** No key after all. */
export const NO_KEY = -1;

/** A token. Tokens are reused: one is valid only until the next is taken. */
export class Token {
  kind = UNDECIDED;
  /** Where it starts, in UTF-16 units. */
  at = 0;
  /** Where the text of a scalar that stands in the source as it is, or a name, starts and ends. */
  from = 0;
  to = 0;
  /** The text of a scalar that is not as in the source. */
  text: string | undefined = undefined;
  plain = false;
  /** Does it hold surrogates, which an escape made? Python keeps even a pair of them apart. */
  surrogates = false;
  /** The number of a tag. */
  tag = 0;
  /** Of a `BLOCK_MAPPING_START`: stands for the `KEY` after it, too. */
  withKey = false;

  // Of undecided ones: the number of open brackets, and where it stands.
  level = 0;
  line = 0;
  column = 0;
  /** Characters before it. */
  characters = 0;
  /** Nothing but a key may start where its mapping's keys do. */
  required = false;
}

/** Tokens that were scanned and not parsed yet: as many as lie between what may be a key and its colon. */
export class TokenQueue {
  /** Taken tokens stay among them until all are taken. */
  #tokens: Token[] = [];
  #taken = 0;
  #end = 0;
  readonly #free: Token[] = [];
  #last: Token | undefined;

  get head(): Token | undefined {
    return this.#taken < this.#end ? this.#tokens[this.#taken] : undefined;
  }

  push(kind: number, at: number): Token {
    const token = this.#free.pop() ?? new Token();
    token.kind = kind;
    token.at = at;
    token.text = undefined;
    token.plain = token.surrogates = token.withKey = false;
    this.#tokens[this.#end++] = token;
    return token;
  }

  /** Takes the head, which stays valid until this is called again. */
  take(): void {
    if (this.#last !== undefined) this.#free.push(this.#last);
    this.#last = this.#next();
  }

  /** Takes the head, which is not valid any more. */
  drop(): void {
    this.#free.push(this.#next());
  }

  #next(): Token {
    const token = this.#tokens[this.#taken++]!;
    if (this.#taken === this.#end) this.#taken = this.#end = 0;
    else if (this.#taken >= 1024) {
      this.#tokens = this.#tokens.slice(this.#taken, this.#end);
      this.#end -= this.#taken;
      this.#taken = 0;
    }
    return token;
  }
}
