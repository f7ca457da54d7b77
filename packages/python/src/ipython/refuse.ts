import { SeamlessError } from "@seamless/checksum";

/** The error of a cell that IPython itself fails on, at a line (of the cell) and a column, both counted from 1. */
export function cellError(message: string, line?: number, column?: number): SeamlessError {
  return new SeamlessError("INVALID_BUFFER", line === undefined ? message : `${message} (line ${line})`, {
    celltype: "ipython",
    line,
    column,
  });
}
