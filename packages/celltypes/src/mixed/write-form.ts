import { ByteWriter } from "../json/byte-writer.ts";
import type { DictForm, Form, ListForm } from "./form.ts";

/** The form of the top value as JSON: unmarked, while every form in it is marked with a storage that is not pure-plain. */
export function writeForm(form: Form): ByteWriter {
  const out = new ByteWriter();
  write(out, form, true);
  return out;
}

/** Recursion is bounded by the depth of the form, which has been checked. */
function write(out: ByteWriter, form: Form, isTop: boolean): void {
  if (form.kind === "scalar") {
    out.ascii(`"${form.name}"`);
    return;
  }
  if (form.kind === "leaf") out.ascii(form.open);
  else if (form.kind === "list") openList(out, form);
  else openDict(out, form);
  out.ascii(isTop || form.storage === "pure-plain" ? "}" : `, "storage": "${form.storage}"}`);
}

function openList(out: ByteWriter, { items, identical, length }: ListForm): void {
  out.ascii('{"type": "array", "items": ');
  if (length === 0) out.ascii("null");
  else if (identical) write(out, items[0]!, false);
  else {
    for (let i = 0; i < length; i++) {
      out.ascii(i === 0 ? "[" : ", ");
      write(out, items[i]!, false);
    }
    out.ascii("]");
  }
  out.ascii(`, "identical": ${identical}, "shape": [${length}]`);
}

function openDict(out: ByteWriter, { keySet: { keys, sorted }, fields }: DictForm): void {
  out.ascii('{"type": "object"');
  if (keys.length === 0) return;
  const places = keys === sorted ? undefined : new Map(sorted.map((key, i) => [key, i]));
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    out.ascii(i === 0 ? ', "properties": {' : ", ");
    if (!out.quotedAscii(key)) out.quotedPython(key);
    out.ascii(": ");
    write(out, fields[places === undefined ? i : places.get(key)!]!, false);
  }
  out.ascii("}");
}
