import type { Tarball } from "@seamless-tools/packages";

/** What a row has to work with. */
export interface Context {
  /** An empty folder of the row's own, which is removed when it has ended. */
  readonly directory: string;
  /** All published packages, packed as they would be published. */
  readonly tarballs: readonly Tarball[];
  /** A project in which npm has installed all of them, with the programs of `programs/`: the same for all rows. */
  readonly installed: () => Promise<string>;
  /** Ends when the row's time is over. */
  readonly signal: AbortSignal;
}

/** What a row has found out. It throws if something does not work. */
export interface Outcome {
  /** Of the tool that the row is about, as the tool itself tells it: `22.23.3`. */
  readonly version: string;
  /** What readers must know: permissions, settings, what does not work there. In Markdown, on one line. */
  readonly note?: string;
}

interface Named {
  /** What it is about, in Markdown: `Node 22`. No two rows have the same. */
  readonly name: string;
}

/** A row that this machine can run: with the real tool, or with something that follows its rules. */
export interface RunRow extends Named {
  readonly how: "run" | "simulated";
  /** Is it among the rows that CI runs each time? @default false */
  readonly inCi?: boolean;
  /** Milliseconds. @default 300_000 */
  readonly timeout?: number;
  run(context: Context): Promise<Outcome>;
}

/** A row that only other machines can run: a workflow does. */
interface WorkflowRow extends Named {
  readonly how: "by the workflow only";
  readonly note: string;
}

export type Row = RunRow | WorkflowRow;

/** Rows that belong together: a heading and a table of the page. */
export interface Group {
  readonly title: string;
  /** What all its rows do, in Markdown, in a sentence or two. */
  readonly about: string;
  readonly rows: readonly Row[];
}
