import type { SeamlessError } from "@seamless/checksum";

/** A dict in a form, as the lossless JSON parser gives it. */
export type FormDict = ReadonlyMap<string, unknown>;

/** Makes the error for a form that breaks the format. */
export type Fault = (message: string) => SeamlessError;

/** A form has these fields, and no others. */
export function checkFields(form: FormDict, names: readonly string[], fault: Fault): FormDict {
  for (const name of names) if (!form.has(name)) throw fault(`a form without ${name}`);
  if (form.size !== names.length) throw fault(`a form with other fields than ${names.join(", ")}`);
  return form;
}
