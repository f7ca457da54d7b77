import { CORE_SCHEMA, constructFromEvents, EVENT_ID, getScalarValue, parseEvents, YAMLException } from "js-yaml";
import { Problem, TableError } from "./problems.mjs";

/** @typedef {readonly PropertyKey[]} Path */

/**
 * Read YAML, and remember on which line each value starts.
 *
 * @param {string} source
 * @param {string} file - Its path, for messages.
 * @returns {{ value: unknown, lineOf: (path: Path) => number }} `lineOf` of a value that is not there is the line of what
 *   it would be in.
 * @throws {TableError} if it is not YAML.
 */
export function readYaml(source, file) {
  try {
    const events = parseEvents(source, {});
    const [value, ...others] = constructFromEvents(events, { source, schema: CORE_SCHEMA });
    if (others.length > 0) throw new TableError(file, [new Problem("there are several documents: leave one")]);
    const offsets = offsetsOf(events, source);
    /** @param {Path} path */
    const lineOf = (path) => {
      for (let length = path.length; length > 0; length--) {
        const offset = offsets.get(key(path.slice(0, length)));
        if (offset !== undefined) return lineAt(source, offset);
      }
      return 1;
    };
    return { value, lineOf };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new TableError(file, [new Problem(`not YAML: ${error.reason}`, error.mark && error.mark.line + 1)]);
  }
}

/**
 * Where each value starts, by its path: for one in a mapping, where its key does.
 *
 * @param {readonly import("js-yaml").Event[]} events
 * @param {string} source
 */
function offsetsOf(events, source) {
  /** @type {Map<string, number>} */
  const offsets = new Map();
  /** @type {{ path: Path, next: number | undefined, key: string | undefined }[]} next: of a sequence; key: of a mapping */
  const open = [];
  for (const event of events) {
    if (event.type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    if (event.type === EVENT_ID.DOCUMENT) {
      open.push({ path: [], next: undefined, key: undefined });
      continue;
    }
    const parent = open.at(-1);
    if (parent === undefined) continue;
    const start = "valueStart" in event ? event.valueStart : "start" in event ? event.start : event.anchorStart;
    let path = parent.path;
    if (parent.next !== undefined) {
      path = [...path, parent.next++];
      offsets.set(key(path), start);
    } else if (open.length > 1) {
      if (parent.key === undefined && event.type === EVENT_ID.SCALAR) {
        parent.key = getScalarValue(source, event);
        offsets.set(key([...path, parent.key]), start);
        continue;
      }
      path = [...path, parent.key ?? ""];
      parent.key = undefined;
    }
    if (event.type === EVENT_ID.SEQUENCE) open.push({ path, next: 0, key: undefined });
    if (event.type === EVENT_ID.MAPPING) open.push({ path, next: undefined, key: undefined });
  }
  return offsets;
}

/** @param {Path} path */
function key(path) {
  return JSON.stringify(path.map(String));
}

/** @param {string} source @param {number} offset */
function lineAt(source, offset) {
  return source.slice(0, offset).split("\n").length;
}
