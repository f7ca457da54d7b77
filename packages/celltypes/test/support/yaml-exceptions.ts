/** Rows of `parse.jsonl` that are not read as PyYAML reads them: id → reason. */
export const YAML_EXCEPTIONS: ReadonlyMap<number, string> = new Map();
