/** A short string in quotes, such as a name, as Python's `json.dumps` writes it. `ByteWriter` has the same for strings of any length. */
export function quotePython(text: string): string {
  // The two agree on everything below U+007F, and escape each unit by itself.
  return JSON.stringify(text).replace(
    /[\x7f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
