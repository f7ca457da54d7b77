import type { Celltype } from "@seamless/celltypes";

/** Text that begins or goes on like that is taken for code. */
const CODE = /^(?:from \w[\w.]* import |import \w|def \w|class \w|@\w|async def |#!.*python)/m;
const MAGICS = /^(?:%\w|!\w|\?\w|\w+\?$)/m;
/** At least one key, and nothing but keys, items and comments at the beginnings of lines. */
const YAML = /^(?:---\s*\n)?(?:#.*\n|\s*\n)*(?:[\w"'][\w .'"-]*:(?:\s|$)|- )/;

/** What a text most probably is; where it is not, one can still choose. */
export function bestFor(text: string): Celltype {
  if (isJson(text)) return "plain";
  if (MAGICS.test(text)) return "ipython";
  if (CODE.test(text)) return "python";
  return YAML.test(text) ? "yaml" : "text";
}

/** In characters: reading more takes time that the page has not. */
const MAX_JSON = 2 ** 20;

function isJson(text: string): boolean {
  const [first = ""] = text.trimStart();
  if (text.length > MAX_JSON) return first === "{" || first === "[";
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
