// What users do with each package, in plain JavaScript that every runtime and loader reads. It fails at the first byte that
// is another one than in Python. Packages come through `load`, so that ES modules, `require` and loaders share it.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ENTRIES } from "./entries.mjs";

const HELLO = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
const hello = bytes("hello\n");

/** A value, its celltype, its bytes (as text, or their checksum), and how it is read back. */
const CELLS = [
  [{ b: [1, 2.5], a: "é" }, "plain", '{\n  "a": "é",\n  "b": [\n    1,\n    2.5\n  ]\n}\n'],
  ["x", "str", '"x"\n'],
  [12345678901234567890n, "int", "12345678901234567890\n"],
  [2.5, "float", "2.5\n"],
  [true, "bool", "true\n"],
  ["some text", "text", "some text\n"],
  ["a: 1\nb: [on, 0o7, 1e3]", "yaml", "a: 1\nb: [on, 0o7, 1e3]\n"],
  [new Uint8Array([104, 105]), "bytes", "hi"],
];
const CODE = [
  ["print(1)", "python", "print(1)\n"],
  ["%timeit f()", "ipython", "%timeit f()\n"],
];

/**
 * What is checked. Each gets `load`, an empty folder of its own, and the options of `runFeatures`.
 *
 * @type {Readonly<Record<string, (given: any) => Promise<void>>>}
 */
const FEATURES = {
  async checksum({ load, folder }) {
    const { Checksum, createSha256, isSeamlessError } = await load("@seamless/checksum");
    assert.equal(Checksum.of(hello).hex(), HELLO);
    const hash = createSha256();
    for (const byte of hello) hash.update(new Uint8Array([byte]));
    assert.equal(new Checksum(hash.digest()).hex(), HELLO);
    await assert.rejects(Checksum.load(join(folder, "missing")), (error) => isSeamlessError(error, "NOT_FOUND"));

    const { checksumFile, indexDirectory, readIndex, verifyDirectory, writeIndex } =
      await load("@seamless/checksum/node");
    await mkdir(join(folder, "data/b"), { recursive: true });
    for (const name of ["a.txt", "b/ü.txt"]) await writeFile(join(folder, "data", name), hello);
    assert.equal((await checksumFile(join(folder, "data/a.txt"))).hex(), HELLO);
    const { entries, checksum } = await indexDirectory(join(folder, "data"));
    const index = `{\n  "a.txt": "${HELLO}",\n  "b/ü.txt": "${HELLO}"\n}\n`;
    await writeIndex(join(folder, "data.INDEX"), entries);
    assert.equal(await readFile(join(folder, "data.INDEX"), "utf8"), index);
    assert.equal(checksum.hex(), Checksum.of(bytes(index)).hex());
    assert.deepEqual([...(await readIndex(join(folder, "data.INDEX"))).entries.keys()], ["a.txt", "b/ü.txt"]);
    assert.equal((await Checksum.load(join(folder, "data"))).hex(), checksum.hex());
    await writeFile(join(folder, "data/a.txt"), "other\n");
    assert.deepEqual((await verifyDirectory(join(folder, "data"))).changed, ["a.txt"]);
  },

  async celltypes({ load, python }) {
    const { Buffer, NdArray, parse, serialize, loadCodeSupport } = await load("@seamless/celltypes");
    for (const [value, celltype, text] of [...CELLS, ...CODE]) {
      assert.equal(new TextDecoder().decode(serialize(value, celltype)), text, celltype);
    }
    for (const [value, celltype, text] of CELLS) assert.deepEqual(parse(bytes(text), celltype), value, celltype);
    const array = new NdArray(new Float64Array([1, 2, 3, 4]), { shape: [2, 2] });
    const buffer = new Buffer(array, "binary");
    assert.equal(buffer.getChecksum().hex(), "6bf26c717fafc0212fce4b0f71fdbb3508f43ceb3e6d5c7d626ddecd5ed91844");
    const mixed = serialize({ unit: "m", position: array }, "mixed");
    assert.deepEqual(parse(mixed, "mixed").position.toArray(), [
      [1, 2],
      [3, 4],
    ]);
    for (const [value, celltype, text] of CODE) {
      const read = new Buffer(bytes(text)).getValue(celltype);
      if (python) assert.equal(await read, value);
      else await assert.rejects(read, { code: "NO_CODE_SUPPORT" });
    }
    if (!python) return assert.rejects(loadCodeSupport(), { code: "NO_CODE_SUPPORT" });
    await loadCodeSupport();
    assert.equal(parse(bytes("x = 1\n"), "python"), "x = 1");
    assert.throws(() => parse(bytes("x = = 1\n"), "python"), { code: "INVALID_BUFFER" });
  },

  async "celltypes, one by one"({ load }) {
    const { parseNpy, serializeNpy } = await load("@seamless/celltypes/npy");
    const npy = serializeNpy(new Float32Array([1, 2, 3, 4, 5, 6]), { shape: [2, 3] });
    const { Checksum } = await load("@seamless/checksum");
    assert.equal(Checksum.of(npy).hex(), "8e98a7baec1137402eb9911511847b1231215f009a30a33587acdaadeebac6fd");
    assert.deepEqual(parseNpy(npy).data, new Float32Array([1, 2, 3, 4, 5, 6]));
    const { parsePlain, serializePlain } = await load("@seamless/celltypes/plain");
    assert.deepEqual(parsePlain(serializePlain([1, "é"])), [1, "é"]);
    const { pythonFloat } = await load("@seamless/celltypes/numbers");
    assert.equal(pythonFloat(1e22), "1e+22");
    const { parseYaml, yamlToJson } = await load("@seamless/celltypes/yaml");
    assert.deepEqual(
      [...yamlToJson(parseYaml("a: yes\nb: 0x1F\n"))],
      [
        ["a", true],
        ["b", 31],
      ],
    );
  },

  async python({ load, python }) {
    if (!python) return;
    const { ipythonToPython, isValidPython, loadPython } = await load("@seamless/python");
    await loadPython();
    assert.equal(isValidPython('"\\N{BULLET}"'), true);
    assert.equal(isValidPython("print x"), false);
    assert.equal(ipythonToPython("files = !ls"), "files = get_ipython().getoutput('ls')\n");
  },

  async conversion({ load, python }) {
    const { Buffer } = await load("@seamless/celltypes");
    const { convert, convertBuffer, needsBuffer } = await load("@seamless/conversion");
    const buffer = new Buffer([1, 2.5], "plain");
    const checksum = buffer.getChecksum();
    assert.equal(needsBuffer(checksum, "plain", "mixed"), false);
    const made = await convert(checksum, "plain", "binary", async () => buffer);
    assert.equal(made.checksum.hex(), "8509d4b0c4907ac4b9b893064ea4a8c6212b800d0548080e9d75ffa5dae3d2ae");
    const plain = await convertBuffer(new Buffer("a: [1, on]", "yaml"), "yaml", "plain");
    assert.equal(new TextDecoder().decode(plain.buffer.content), '{\n  "a": [\n    1,\n    true\n  ]\n}\n');
    // The celltypes that this package has may be others than those above: they need the peer as well.
    const code = convertBuffer(new Buffer("x = 1\n", "text"), "text", "python");
    if (python) assert.equal((await code).checksum.hex(), new Buffer("x = 1\n", "text").getChecksum().hex());
    else await assert.rejects(code, { code: "NO_CODE_SUPPORT" });
  },

  async cache({ load, folder, python }) {
    const { createRuntime, Transformations } = await load("@seamless/cache");
    const { openDirectoryRecord } = await load("@seamless/cache/node");
    const { Buffer } = await load("@seamless/celltypes");
    const { memoryStore } = await load("@seamless/store");
    const record = await openDirectoryRecord(join(folder, "record"));
    const transformations = new Transformations({ record });
    transformations.register("add", ({ a, b }) => a + b);
    const contents = new Map();
    const runtime = createRuntime({ stores: [memoryStore({ contents })], transformations });
    const input = new Buffer(20, "int");
    runtime.register(input);
    const reference = runtime.incref(input.getChecksum());
    const argument = { checksum: input.getChecksum(), celltype: "int" };
    const { result } = await runtime.run({ function: "add", inputs: { a: argument, b: argument }, output: "int" });
    assert.equal(await runtime.fingertip(result, "int"), 40);
    await runtime.flush();
    assert.deepEqual([...contents.keys()], [input.getChecksum().hex()]);
    reference.release();
    assert.equal(await runtime.resolve(input.getChecksum(), "int"), 20);
    const cell = new Buffer("x = 1\n", "text");
    runtime.register(cell);
    const code = runtime.resolve(cell.getChecksum(), "python");
    if (python) assert.equal(await code, "x = 1");
    else await assert.rejects(code, { code: "NO_CODE_SUPPORT" });
    await runtime.close();
    await record.close();
  },

  async "the suite of stores"({ load }) {
    const { memoryStore } = await load("@seamless/store");
    const { storeSuite } = await load("@seamless/store/suite");
    const tests = [];
    storeSuite({
      test: (name, run) => tests.push([name, run]),
      create() {
        const contents = new Map();
        return {
          store: memoryStore({ contents }),
          readOnly: memoryStore({ contents, writable: false }),
          plant: (checksum, content) => void contents.set(checksum.hex(), content),
        };
      },
    });
    for (const [name, run] of tests) await run().catch((cause) => Promise.reject(new Error(name, { cause })));
    assert.ok(tests.length > 40);
  },

  async "a folder"({ load, folder }) {
    const { Checksum } = await load("@seamless/checksum");
    const { directoryStore } = await load("@seamless/remote/directory");
    const { openStore } = await load("@seamless/remote");
    const path = join(folder, "buffers");
    const store = directoryStore(path);
    await store.put(Checksum.of(hello), hello);
    assert.equal(await readFile(join(path, HELLO.slice(0, 2), HELLO), "utf8"), "hello\n");
    const [verdict] = await store.check([Checksum.of(hello)]);
    assert.equal(verdict, "ok");
    assert.deepEqual((await store.verify()).corrupt, []);
    await store.close();

    // One frame of zstd, with a block as it is.
    const packed = bytes("packed");
    const frame = [0x28, 0xb5, 0x2f, 0xfd, 0x20, packed.length, (packed.length << 3) | 1, 0, 0, ...packed];
    const name = Checksum.of(packed).hex();
    await mkdir(join(path, name.slice(0, 2)), { recursive: true });
    await writeFile(join(path, name.slice(0, 2), `${name}.zst`), new Uint8Array(frame));
    const again = await openStore(path);
    assert.deepEqual(await again.get(Checksum.of(packed)), packed);
    assert.equal(await again.get(Checksum.of(new Uint8Array([1]))), undefined);
    await again.close();
  },

  async "a hashserver"({ load, folder }) {
    const { Checksum } = await load("@seamless/checksum");
    const { directoryStore } = await load("@seamless/remote/directory");
    const { hashserverStore } = await load("@seamless/remote/hashserver");
    const { createHashserver } = await load("@seamless/remote/hashserver/node");
    const { tieredStore } = await load("@seamless/remote/tiered");
    const { memoryStore } = await load("@seamless/store");
    const served = directoryStore(join(folder, "served"));
    const server = createHashserver({ store: served, writable: true, token: "secret" });
    const { url } = await server.listen({ port: 0 });
    const store = hashserverStore(url, { token: "secret" });
    const large = new Uint8Array(3_000_000).map((_, position) => position % 251);
    for (const content of [hello, large]) {
      await store.put(Checksum.of(content), content);
      assert.deepEqual(await store.get(Checksum.of(content)), content);
      assert.deepEqual(await served.get(Checksum.of(content)), content);
    }
    const nothing = Checksum.of(new Uint8Array([1]));
    assert.deepEqual(await store.has([Checksum.of(hello), nothing]), [true, false]);
    assert.deepEqual(await store.lengths([Checksum.of(large), nothing]), [3_000_000, undefined]);
    assert.equal(await store.get(nothing), undefined);
    const tiered = tieredStore([memoryStore(), store]);
    assert.deepEqual(await tiered.get(Checksum.of(large)), large);
    await tiered.close();
    const stranger = hashserverStore(url);
    await assert.rejects(stranger.get(Checksum.of(hello)), { code: "ACCESS_DENIED" });
    await stranger.close();
    await server.close();
  },

  async core({ load, folder, python }) {
    const { Buffer, BufferCache, close, configure } = await load("@seamless/core");
    const runtime = configure({ stores: [join(folder, "core")] });
    const buffer = new Buffer({ name: "probe", samples: [1, 2.5] }, "plain");
    buffer.incref();
    await runtime.flush();
    configure({ cache: new BufferCache() });
    const { Checksum } = await load("@seamless/checksum");
    const checksum = new Checksum("3b86dafe83232ed4823645a6cfcebb7f25844e5aa89e9e48ad613aa0d07b1560");
    assert.deepEqual(await checksum.resolve("plain"), { name: "probe", samples: [1, 2.5] });
    const code = new Buffer(bytes("x = 1\n")).getValue("python");
    if (python) assert.equal(await code, "x = 1");
    else await assert.rejects(code, { code: "NO_CODE_SUPPORT" });
    await close();
  },
};

/**
 * Check everything.
 *
 * @param {(name: string) => Promise<any>} load - Loads an entry of a package.
 * @param {{ folder: string, python?: boolean }} options - An empty folder; is `@seamless/python` installed?
 */
export async function runFeatures(load, { folder, python = true }) {
  for (const [name, run] of Object.entries(FEATURES)) {
    const own = join(folder, name.replaceAll(/\W/g, "-"));
    await mkdir(own);
    try {
      await run({ load, folder: own, python });
    } catch (cause) {
      throw new Error(`${name}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  }
  // Last, since an entry that is loaded for what that does would help the features.
  for (const { specifier, effectsOnly } of ENTRIES) {
    if (specifier.startsWith("@seamless/python") && !python) continue;
    const names = Object.keys(await load(specifier));
    if (!effectsOnly) assert.notDeepEqual(names, [], specifier);
  }
}

function bytes(text) {
  return new TextEncoder().encode(text);
}
