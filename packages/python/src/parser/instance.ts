import { createGlue, type Diagnostic, type Exports, type Glue, type Workspace } from "#glue";

/** No rules of a linter: only what concerns the language, in the version that is asked about. */
const SETTINGS = { "target-version": "py313", lint: { select: [] } };

/** One instance of the parser. After it has thrown anything but its own `Error`, its verdicts mean nothing. */
export class ParserInstance {
  readonly #workspace: Workspace;
  readonly #memory: Exports["memory"];

  private constructor(glue: Glue, exports: Exports) {
    this.#memory = exports.memory;
    this.#workspace = new glue.Workspace(SETTINGS, glue.PositionEncoding.Utf16);
  }

  static async start(module: WebAssembly.Module): Promise<ParserInstance> {
    const glue = createGlue();
    return new ParserInstance(glue, await glue.init({ module_or_path: module }));
  }

  /** Throws on the main thread of Chromium, which instantiates modules of this size only asynchronously. */
  static startSync(module: WebAssembly.Module): ParserInstance {
    const glue = createGlue();
    return new ParserInstance(glue, glue.initSync({ module }));
  }

  /** In bytes; it only ever grows. */
  get memorySize(): number {
    return this.#memory.buffer.byteLength;
  }

  /**
   * Parse.
   *
   * @throws {Error} a plain one, for a syntax error.
   */
  parse(text: string): void {
    // Finding the comments does little more than to parse, and is the one method that throws what the parser finds.
    this.#workspace.comments(text);
  }

  /** What is wrong beyond the grammar. */
  check(text: string): readonly Diagnostic[] {
    return this.#workspace.check(text);
  }
}
