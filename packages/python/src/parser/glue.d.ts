/** The parser's package, as `build/glue.ts` wraps it. */
declare module "#glue" {
  /** A copy of its own, without an instance yet. */
  export function createGlue(): Glue;

  export interface Glue {
    readonly init: (options: { module_or_path: WebAssembly.Module }) => Promise<Exports>;
    readonly initSync: (options: { module: WebAssembly.Module }) => Exports;
    readonly PositionEncoding: { readonly Utf16: number };
    readonly Workspace: new (settings: object, positions: number) => Workspace;
  }

  export interface Exports {
    readonly memory: { readonly buffer: ArrayBuffer };
  }

  export interface Workspace {
    comments(text: string): string;
    check(text: string): readonly Diagnostic[];
  }

  export interface Diagnostic {
    readonly message: string;
    /** Both from 1; the column in UTF-16 units. */
    readonly start_location: { readonly row: number; readonly column: number };
  }
}

/** What this package uses of it: TypeScript has its types only together with those of browsers. */
declare namespace WebAssembly {
  class Module {
    private constructor();
  }
  function compile(bytes: Uint8Array | ArrayBuffer): Promise<Module>;
  function compileStreaming(response: Response): Promise<Module>;
}
