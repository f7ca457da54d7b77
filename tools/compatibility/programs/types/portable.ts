// What a program does that knows no platform: no "dom", no `@types/node`.
import { BufferCache, createRuntime, type PureFunction, Transformations } from "@seamless/cache";
import { openDirectoryRecord } from "@seamless/cache/node";
import { Buffer, type Celltype, Float, loadCodeSupport, NdArray, parse, serialize } from "@seamless/celltypes";
import { codeSupport } from "@seamless/celltypes/code";
import { parseNpy, serializeNpy } from "@seamless/celltypes/npy";
import { pythonFloat } from "@seamless/celltypes/numbers";
import { parsePlain, serializePlain } from "@seamless/celltypes/plain";
import { parseYaml, yamlToJson } from "@seamless/celltypes/yaml";
import { Checksum, createSha256, isSeamlessError, SeamlessError, sha256 } from "@seamless/checksum";
import { checksumFile, indexDirectory, writeAtomic } from "@seamless/checksum/node";
import { category, convert, needsBuffer } from "@seamless/conversion";
import * as core from "@seamless/core";
import { ipythonToPython, isValidPython, loadPython } from "@seamless/python";
import "@seamless/python/register";
import { openStore } from "@seamless/remote";
import { directoryStore } from "@seamless/remote/directory";
import { hashserverHandler, hashserverStore } from "@seamless/remote/hashserver";
import { tieredStore } from "@seamless/remote/tiered";
import { memoryStore, type Store } from "@seamless/store";
import { storeSuite } from "@seamless/store/suite";

export async function checksums(bytes: Uint8Array): Promise<string> {
  const hash = createSha256();
  hash.update(bytes);
  const digest: Uint8Array = hash.digest();
  const checksum: Checksum = new Checksum(digest);
  // The bytes are in memory of their own: an `ArrayBuffer`, not a shared one.
  const buffer: ArrayBuffer = sha256(bytes).buffer as ArrayBuffer;
  if (!checksum.equals(Checksum.of(new Uint8Array(buffer)))) throw new SeamlessError("INVALID_VALUE", "other");
  await writeAtomic("file", bytes);
  const { entries } = await indexDirectory(".");
  return [checksum.hex(), (await checksumFile("file")).hex(), ...entries.keys()].join();
}

export async function values(celltype: Celltype): Promise<unknown> {
  const array = new NdArray(new Float64Array([1, 2]), { shape: [2, 1] });
  const buffer = new Buffer({ array, whole: new Float(1) }, "mixed");
  const plain: unknown = await buffer.getValue("plain");
  const text: string = await new Buffer("x", "text").getValue("text");
  await loadCodeSupport();
  const npy: Uint8Array = serializeNpy(new Float32Array([1]), { shape: [1] });
  const read = [parse(serialize(text, "str"), celltype), parseNpy(npy).shape, parsePlain(serializePlain([1]))];
  return [plain, read, pythonFloat(1), yamlToJson(parseYaml("a: 1")), codeSupport("python").isValidPython(text)];
}

export async function conversions(source: Buffer): Promise<Checksum> {
  const made = await convert(source.getChecksum(), "plain", "binary", async () => source);
  if (needsBuffer(made.checksum, "plain", "mixed")) throw new Error(category("plain", "mixed").category);
  await loadPython();
  if (!isValidPython(ipythonToPython("%time 1"))) throw new Error("no Python");
  return made.checksum;
}

export async function stores(checksum: Checksum): Promise<Uint8Array | undefined> {
  const contents = new Map<string, Uint8Array>();
  const slower: Store = hashserverStore("http://localhost/");
  const store = tieredStore([memoryStore({ contents }), directoryStore("."), slower]);
  const opened = await openStore(".");
  // What disposes of something is known without the "lib" that has it.
  await opened[Symbol.asyncDispose]();
  const stream = await store.getStream(checksum);
  const reader = stream?.getReader();
  const first = await reader?.read();
  const chunk: Uint8Array | undefined = first?.value;
  const handler = hashserverHandler({ store });
  const { status } = await handler({ method: "GET", url: "/", headers: {}, body: null });
  await store.close();
  return status === 200 ? chunk : await store.get(checksum);
}

const add: PureFunction = (inputs) => inputs;

export async function runtimes(buffer: Buffer): Promise<unknown> {
  const record = await openDirectoryRecord("record");
  const transformations = new Transformations({ record });
  transformations.register("add", add);
  const runtime = createRuntime({ cache: new BufferCache({ softCap: 1 }), stores: [memoryStore()], transformations });
  runtime.register(buffer);
  const reference = buffer.incref();
  reference[Symbol.dispose]();
  try {
    return await runtime.resolve(buffer.getChecksum(), "plain");
  } catch (error) {
    return isSeamlessError(error, "CACHE_MISS") ? error.checksum : error;
  } finally {
    await runtime.close();
    await core.close();
  }
}

export function suite(tests: Map<string, () => Promise<void>>): void {
  storeSuite({
    test: (name, run) => void tests.set(name, run),
    create: () => ({ store: memoryStore(), readOnly: memoryStore({ writable: false }), plant: () => {} }),
  });
}
