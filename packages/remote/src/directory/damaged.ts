import { lstat } from "node:fs/promises";
import { type Checksum, isSeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import { isUndecodable } from "../encoding/decode.ts";
import { FORMS, type Form } from "../encoding/forms.ts";
import { type FormOptions, hashContents } from "./forms.ts";
import { fileOf, type Place, REWRITE_SUFFIX } from "./layout.ts";
import { isLocked, type LockWait } from "./other-writers.ts";
import { removeFile } from "./record.ts";
import { whileLocked } from "./rewrite-lock.ts";

/**
 * Removes the forms of a buffer that were proven wrong, once another one is right: they have other bytes, or bytes that cannot
 * be decoded. Left are links, what cannot be read, what another program has locked, and what we are not allowed to remove: the
 * buffer is there all the same.
 *
 * @param right - The form that was just written.
 * @throws {SeamlessError} file codes; the signal's reason.
 */
export async function removeDamaged(
  place: Place,
  checksum: Checksum,
  right: Form,
  {
    forms,
    wait,
    signal,
  }: { readonly forms: FormOptions; readonly wait: LockWait; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const plain = fileOf(place, checksum.hex());
  for (const form of FORMS) {
    const path = plain + form.suffix;
    const seen = form === right ? undefined : await identityOf(path);
    if (seen === undefined || !(await isDamaged(path, form, checksum, forms, signal))) continue;
    if (await isLocked(place.root, plain, path)) continue;
    // Another put may have repaired it meanwhile, and somebody who rewrites the folder may remove ours for that.
    await whileLocked(plain + REWRITE_SUFFIX, wait, signal, async (isOurs) => {
      if ((await identityOf(path)) === seen && isOurs()) await removeIfAllowed(path);
    });
  }
}

/** Tells one file from another that takes its place; `undefined` if there is none. */
async function identityOf(path: string): Promise<string | undefined> {
  try {
    const stats = await lstat(path);
    return stats.isFile() ? `${stats.ino} ${stats.mtimeMs} ${stats.size}` : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(error, path, "read");
  }
}

async function isDamaged(
  path: string,
  form: Form,
  checksum: Checksum,
  forms: FormOptions,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const found = await hashContents(path, form, forms, signal);
    return found !== undefined && !found.checksum.equals(checksum);
  } catch (error) {
    signal?.throwIfAborted();
    if (isSeamlessError(error)) return isUndecodable(error);
    throw error;
  }
}

async function removeIfAllowed(path: string): Promise<void> {
  try {
    await removeFile(path);
  } catch (error) {
    if (!isSeamlessError(error, "PERMISSION_DENIED")) throw error;
  }
}
