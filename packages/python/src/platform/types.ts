/** What differs between Node and browsers; `#platform` in package.json chooses by export condition. */
export interface Platform {
  /**
   * Compile the parser.
   *
   * @param source - Where it is, if not where its package has it.
   */
  compileParser(source?: URL): Promise<WebAssembly.Module>;
}
