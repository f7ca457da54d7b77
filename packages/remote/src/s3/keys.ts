import { SeamlessError } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";
import { formOf, LENGTH_SUFFIX, parseName, prefixOf } from "../encoding/forms.ts";

/** The keys of buffers in a bucket: those of a folder with prefixes, so that what is synced from one is a store. */
export class Keys {
  /** What all keys begin with: empty, or with a slash at its end. */
  readonly prefix: string;

  /** @throws {SeamlessError} `INVALID_ARGUMENT` for a prefix that a client or a proxy might change on its way. */
  constructor(prefix: string) {
    const segments = prefix.replace(/^\/+|\/+$/g, "").split("/");
    const isEmpty = segments.length === 1 && segments[0] === "";
    if (!isEmpty && segments.some((segment) => /^\.{0,2}$|\p{Cc}/u.test(segment))) {
      const wanted = "a prefix has no empty part between slashes, no . or .., and no control characters";
      throw new SeamlessError("INVALID_ARGUMENT", `${wanted}, got ${describe(prefix)}`);
    }
    this.prefix = isEmpty ? "" : `${segments.join("/")}/`;
  }

  /** @param suffix - Of a form, or of the recorded length. */
  of(hex: string, suffix = ""): string {
    return `${this.prefix}${prefixOf(hex)}/${hex}${suffix}`;
  }

  /** What follows the checksum in the key of a new mark: that the buffer was touched when that was put. */
  newMark(): string {
    return `${MARK}${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`;
  }

  /** Which buffer, and which form or mark of it, a key stands for; `undefined` for all that is not ours. */
  parse(key: string): { readonly hex: string; readonly suffix: string } | undefined {
    if (!key.startsWith(this.prefix)) return undefined;
    const [folder, name, ...rest] = key.slice(this.prefix.length).split("/");
    const parsed = rest.length > 0 || name === undefined ? undefined : (parseMark(name) ?? parseName(name));
    if (parsed === undefined || prefixOf(parsed.hex) !== folder) return undefined;
    const { suffix } = parsed;
    return isMark(suffix) || suffix === LENGTH_SUFFIX || formOf(suffix) !== undefined ? parsed : undefined;
  }
}

/** How the suffix of a mark begins: an empty object beside a buffer that is not to be replaced. */
const MARK = ".TOUCHED-";

export function isMark(suffix: string): boolean {
  return suffix.startsWith(MARK);
}

function parseMark(name: string): { readonly hex: string; readonly suffix: string } | undefined {
  const [, hex, suffix] = /^([0-9a-f]{64})(\.TOUCHED-[0-9a-z]+)$/.exec(name) ?? [];
  return hex === undefined || suffix === undefined ? undefined : { hex, suffix };
}
