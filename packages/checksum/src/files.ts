import { readFile, writeFile } from "#platform";

/**
 * The bytes of a regular file. Rejects in browsers.
 *
 * @throws {SeamlessError} `TOO_LARGE`, `FILE_CHANGED`, `NOT_FOUND` and other file codes; `UNSUPPORTED` in browsers.
 */
export function readFileBytes(path: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(path);
}

/**
 * Replace a file, whole or not at all. Rejects in browsers. `writeAtomic` of `@seamless/checksum/node` has options.
 *
 * @throws {SeamlessError} `DISK_FULL`, `PERMISSION_DENIED` and other file codes; `UNSUPPORTED` in browsers.
 */
export function writeFileBytes(path: string | URL, bytes: Uint8Array): Promise<void> {
  return writeFile(path, bytes);
}
