/** Something wrong with the table, and where. */
export class Problem {
  /**
   * @param {string} what - Says what is wrong and how to mend it.
   * @param {number} [line] - From 1; without one, it is the table as a whole.
   */
  constructor(what, line) {
    this.what = what;
    this.line = line;
  }
}

/** Everything that is wrong with the table, one line each: `FILE:LINE: what`. */
export class TableError extends Error {
  /**
   * @param {string} file - Path of the table, for messages.
   * @param {readonly Problem[]} problems - At least one.
   */
  constructor(file, problems) {
    const places = problems.map(({ what, line }) => `${line === undefined ? file : `${file}:${line}`}: ${what}`);
    super(places.join("\n"));
    this.name = "TableError";
    this.problems = problems;
  }
}
