// Everything that reads what may come from elsewhere: a name to a function from bytes to a value.

import { CELLTYPES, loadCodeSupport, parse, serialize } from "@seamless/celltypes";
import { Checksum, parseIndex } from "@seamless/checksum";
import { category, convertBuffer } from "@seamless/conversion";
import { ipythonToPython, loadPython, pythonError } from "@seamless/python";
import { hashserverHandler } from "@seamless/remote/hashserver";
import { memoryStore } from "@seamless/store";

/** @typedef {(bytes: Uint8Array) => unknown} Reader - What it returns is awaited. */

/** @type {[string, Reader][]} */
const parsers = CELLTYPES.map((celltype) => [celltype, (bytes) => parse(bytes, celltype)]);

/** Read without loss, and written again. @type {[string, Reader][]} */
const rewriters = CELLTYPES.map((celltype) => [
  `rewrite ${celltype}`,
  (bytes) => serialize(/** @type {any} */ (parse(bytes, celltype, { lossless: true })), celltype),
]);

/** @type {[string, Reader][]} */
const converters = CELLTYPES.flatMap((source) =>
  CELLTYPES.filter((target) => !["identity", "forbidden"].includes(category(source, target).category)).map(
    /** @returns {[string, Reader]} */
    (target) => [`${source}->${target}`, (bytes) => convertBuffer(bytes, source, /** @type {any} */ (target))],
  ),
);

/**
 * A request to a server. Any answer is one, but that the server itself failed.
 *
 * @param {string} method
 * @param {string} url
 * @param {Readonly<Record<string, string>>} headers
 * @returns {Reader}
 */
const request = (method, url, headers) => async (bytes) => {
  const handler = hashserverHandler({ store: memoryStore(), writable: true });
  const body = (async function* () {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  })();
  const { status } = await handler({ method, url, headers, body });
  if (status >= 500) throw new Error(`a server answers ${status}`);
  return status;
};

const elsewhere = `/${Checksum.of(new Uint8Array([1])).hex()}`;

/** @type {ReadonlyMap<string, Reader>} */
export const readers = new Map([
  ...parsers,
  ...rewriters,
  ...converters,
  ["lists", (bytes) => /** @type {any} */ (parse(bytes, "binary")).toArray()],
  ["index", (bytes) => parseIndex(bytes)],
  ["fault", (bytes) => pythonError(decode(bytes))],
  ["cell", (bytes) => ipythonToPython(decode(bytes))],
  ["put gzip", request("PUT", elsewhere, { "content-encoding": "gzip" })],
  ["put zstd", request("PUT", elsewhere, { "content-encoding": "zstd" })],
  ["put gzip twice", request("PUT", elsewhere, { "content-encoding": "gzip, gzip" })],
  ["ask has", request("GET", "/has", {})],
  ["ask verify", request("GET", "/verify", {})],
]);

/** Must be called once, before readers of code. */
export async function prepare() {
  await Promise.all([loadCodeSupport(), loadPython()]);
}

const decoder = new TextDecoder();

/** @param {Uint8Array} bytes */
const decode = (bytes) => decoder.decode(bytes);
