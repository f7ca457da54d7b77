import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CELLTYPES as ALL, NdArray, serialize } from "@seamless/celltypes";
import { classify } from "@seamless/conversion";
import { describe, expect } from "vitest";
import { CELLTYPES } from "../src/values/celltypes.ts";
import { kindOf } from "../src/values/kind.ts";
import { installAll, refusal, run, runAll, shell } from "./support/commands.ts";
import { indexOf, jsonLines, list, sha256, writeTree } from "./support/files.ts";
import { keep, stored } from "./support/stores.ts";
import { inTerminal } from "./support/terminal.ts";
import { test } from "./support/test.ts";

const ARRAY = serialize(
  new NdArray(new Float64Array([1, Number.NaN, -0, Number.POSITIVE_INFINITY]), { shape: [2, 2] }),
  "binary",
);
const MIXED = serialize({ a: new NdArray(new Int32Array([1, 2, 3])), b: "x" }, "mixed");

test("the celltypes of the command line are those of the package", () => {
  expect(CELLTYPES).toEqual(ALL);
});

test("what a buffer seems to be", () => {
  const bytes = (text: string) => Buffer.from(text);
  expect(
    [ARRAY, MIXED, bytes("ü"), bytes(""), bytes("a\0"), Buffer.from([0xff])].map((head) => kindOf(head, true)),
  ).toEqual(["binary", "mixed", "text", "text", "bytes", "bytes"]);
  // A character that is cut in two, and one that is not whole at the end.
  expect(kindOf(bytes("ü").subarray(0, 1), false)).toBe("text");
  expect(kindOf(bytes("ü").subarray(0, 1), true)).toBe("bytes");
});

describe.concurrent("seamless cat", () => {
  test("prints text as it is, of files, standard input and the store, and from inside an index", async ({ dir }) => {
    const text = "one\n\u001b[31mtwo";
    const index = indexOf({ a: text });
    const [hex] = await keep(join(dir, "store"), text, index);
    writeTree(dir, { file: text, "x.CHECKSUM": `${hex}\n`, "d.INDEX": index, "e/f": "" });
    const expected = { status: 0, out: text, err: "" };
    const options = { cwd: dir, env: { SEAMLESS_STORE: "store" } };
    const operands = [hex!, "file", "x", "x.CHECKSUM", "d/a", "d.INDEX/a", `${sha256(index)}/a`];
    const outcomes = await runAll(
      operands.map((operand) => ["seamless cat", [operand]]),
      options,
    );
    for (const [i, outcome] of outcomes.entries()) expect([operands[i], outcome]).toEqual([operands[i], expected]);
    expect(await run("seamless cat", ["-"], { input: text })).toEqual(expected);
    expect((await shell("seamless cat <(cat file)", dir)).out).toBe(text);
    const shown = await inTerminal("seamless cat", ["file"], dir);
    expect(shown).toEqual({ status: 0, out: "one\r\n\\x1b[31mtwo" });
  });

  test("64 hex digits are a checksum, also where a file or a folder has that name, as for get and diff", async ({
    dir,
  }) => {
    const [hex, other] = await keep(join(dir, "store"), "true", "12");
    writeTree(dir, { [hex!]: "fake", [`${other}/x`]: "fake" });
    const options = { cwd: dir, env: { SEAMLESS_STORE: "store" } };
    const outcomes = await runAll(
      [
        ["seamless cat", [hex!]],
        ["seamless resolve", [hex!]],
        ["seamless cat", [other!]],
        ["seamless convert", [hex!, "--from", "plain", "--to", "str"]],
        ["seamless inspect", ["--json", hex!]],
        ["seamless cat", [`./${hex}`]],
      ],
      options,
    );
    expect(outcomes.map(({ err }) => err)).toEqual(Array.from(outcomes, () => ""));
    const outs = outcomes.map(({ out }) => out);
    expect([outs[0], outs[1], outs[2], outs[5]]).toEqual(["true", "true\n", "12", "fake"]);
    expect(outs[3]).not.toContain("fake");
    expect(jsonLines(outs[4]!)).toMatchObject([{ checksum: hex, length: 4 }]);
  });

  test("--as bytes is exact, whatever they are", async ({ dir }) => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    writeTree(dir, { file: bytes });
    await shell("seamless cat --as bytes file > out", dir);
    expect(readFileSync(join(dir, "out")).equals(bytes)).toBe(true);
    const { out } = await run("seamless cat", ["file"], { cwd: dir });
    expect(out).toBe("bytes, 256 B: 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f …\n");
    const json = await run("seamless cat", ["--json", "--as", "bytes", "file"], { cwd: dir });
    expect(jsonLines(json.out)).toEqual([
      { checksum: sha256(bytes), celltype: "bytes", length: 256, base64: bytes.toString("base64") },
    ]);
  });

  test("arrays: what there is to say, all with --full, and JSON", async ({ dir }) => {
    writeTree(dir, { array: ARRAY, mixed: MIXED });
    const [array, full, json, mixed, fullMixed, jsonMixed] = await runAll(
      ["array", "--full array", "--json array", "mixed", "mixed --full", "mixed --json"].map((args) => [
        "seamless cat",
        args.split(" "),
      ]),
      { cwd: dir },
    );
    expect(array!.out).toBe(
      "NdArray <f8 (2, 2) [1, NaN, -0, Infinity]\n4 elements, 32 B\nmin 0, max Infinity, mean Infinity, 1 NaN\n",
    );
    expect(full!.out).toBe('[\n  [1, "NaN"],\n  [-0.0, "Infinity"]\n]\n');
    expect(jsonLines(json!.out)).toEqual([
      {
        checksum: sha256(ARRAY),
        celltype: "binary",
        length: ARRAY.byteLength,
        dtype: "<f8",
        shape: [2, 2],
        value: [
          [1, "NaN"],
          [-0, "Infinity"],
        ],
      },
    ]);
    expect(mixed!.out).toBe('{\n  "a": "NdArray <i4 (3,) [1, 2, 3]",\n  "b": "x"\n}\n');
    expect(fullMixed!.out).toBe('{\n  "a": [1, 2, 3],\n  "b": "x"\n}\n');
    expect(jsonLines(jsonMixed!.out)).toMatchObject([{ celltype: "mixed", value: { a: [1, 2, 3], b: "x" } }]);
  });

  test("--as each celltype: the value, digit for digit, or why not", async ({ dir }) => {
    const code = "def f():\n    pass\n";
    writeTree(dir, {
      plain: '{"b": 1.0, "a": [12345678901234567890, 1e300]}',
      code,
      str: '"two\\nlines"\n',
      int: "12345678901234567890\n",
      bool: "true\n",
      checksum: `"${sha256("x")}"\n`,
      bad: "{",
    });
    const lines = [
      ["plain", "plain", 0, '{\n  "a": [\n    12345678901234567890,\n    1e300\n  ],\n  "b": 1.0\n}\n'],
      ["python", "code", 0, code],
      ["yaml", "plain", 0, '{"b": 1.0, "a": [12345678901234567890, 1e300]}\n'],
      ["str", "str", 0, "two\nlines\n"],
      ["int", "int", 0, "12345678901234567890\n"],
      ["bool", "bool", 0, "true\n"],
      ["checksum", "checksum", 0, undefined],
      ["plain", "bad", 1, ""],
      ["int", "code", 1, ""],
      ["python", "bad", 1, ""],
      ["binary", "code", 1, ""],
    ] as const;
    const outcomes = await runAll(
      lines.map(([celltype, file]) => ["seamless cat", ["--as", celltype, file]]),
      { cwd: dir },
    );
    for (const [i, [celltype, file, status, out]] of lines.entries()) {
      const outcome = outcomes[i]!;
      expect([celltype, file, outcome.status]).toEqual([celltype, file, status]);
      if (out !== undefined) expect(outcome.out).toBe(out);
      if (status === 1) expect(outcome.err).toMatch(/^seamless cat: cannot read this buffer as \w+: [^\n]*\n$/);
    }
  });

  test("--json takes text that is a JSON object or list as plain, and exact bytes otherwise", async ({ dir }) => {
    const json = ' {"b": 1.0, "a": [12345678901234567890]}';
    writeTree(dir, { json, list: "[1]", word: "null\n", number: "12\n", open: "[1", draft: "[draft] x\n" });
    const names = ["json", "list", "word", "number", "open", "draft"];
    const outcomes = await runAll(
      [...names.map((name) => ["seamless cat", ["--json", name]] as const), ["seamless cat", ["json"]]],
      { cwd: dir },
    );
    expect(outcomes.at(-1)!.out).toBe(json);
    expect(outcomes[0]!.out).toContain('"celltype":"plain"');
    expect(outcomes[0]!.out).toContain('"value":{"a": [12345678901234567890],"b": 1.0}');
    expect(jsonLines(outcomes[1]!.out)).toMatchObject([{ celltype: "plain", value: [1] }]);
    for (const { out } of outcomes.slice(2, 6)) expect(jsonLines(out)).toMatchObject([{ celltype: "text" }]);
  });

  test("what names nothing, what is missing, and options that make no sense", async ({ dir }) => {
    await keep(join(dir, "store"), "x");
    writeTree(dir, { "d/a": "", "bad.INDEX": "{" });
    const hex = sha256("missing");
    const outcomes = await runAll(
      [
        ["seamless cat", ["nope"]],
        ["seamless cat", [hex]],
        ["seamless cat", ["--store=store", hex]],
        ["seamless cat", ["d"]],
        ["seamless cat", ["--as", "json", "d/a"]],
        ["seamless cat", ["--as", "bytes", "--full", "d/a"]],
        ["seamless cat", ["bad/a"]],
        ["seamless cat", ["d/a", "d/a"]],
      ],
      { cwd: dir },
    );
    const names = CELLTYPES.join(", ").replace(/, (\w+)$/, " or $1");
    expect(outcomes).toEqual([
      refusal(
        "seamless cat",
        "'nope' is neither a file nor a checksum: expected 64 hex digits or the path of a .CHECKSUM or .INDEX file, and neither nope.INDEX nor nope.CHECKSUM exists",
      ),
      refusal(
        "seamless cat",
        "no store was given: set SEAMLESS_STORE, or use --store URL (a folder, http://…, s3://…, redis://…, static+https://…); 'seamless help stores' explains them",
      ),
      { status: 1, out: "", err: `seamless cat: ${dir}/store does not have ${hex}\n` },
      {
        status: 1,
        out: "",
        err: "seamless cat: cannot read d: it is a directory, not a file\n",
      },
      refusal("seamless cat", `--as takes ${names}`),
      refusal("seamless cat", "--full has no meaning with --as bytes"),
      { status: 1, out: "", err: expect.stringMatching(/^seamless cat: bad\.INDEX, at byte 1: /) },
      refusal("seamless cat", "too many operands: only one X is possible, not also 'd/a'"),
    ]);
  });

  test("a wrong copy in the store is an error before the last of it is printed", async ({ dir }) => {
    const [hex] = await keep(join(dir, "store"), "hello\n");
    writeFileSync(join(dir, "store", hex!.slice(0, 2), hex!), "HELLO\n");
    const { status, out, err } = await run("seamless cat", ["--store=store", hex!], { cwd: dir });
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toContain(hex!);
  });

  test("code without @seamless/python: one line that says what to install", async ({ dir }) => {
    installAll(join(dir, "installed"));
    writeTree(dir, { code: "x = 1\n" });
    const options = { cwd: dir, installation: join(dir, "installed") };
    const expected = {
      status: 1,
      out: "",
      err: "seamless cat: reading code cells needs @seamless/python beside the commands: npm install --global @seamless/python\n",
    };
    expect(await run("seamless cat", ["--as", "python", "code"], options)).toEqual(expected);
    expect((await run("seamless convert", ["--from", "text", "--to", "python", "code"], options)).err).toContain(
      "npm install",
    );
    const inspected = await run("seamless inspect", ["code"], options);
    expect(inspected.status).toBe(0);
    expect(inspected.out).toContain("not as python: reading code cells needs @seamless/python");
  });
});

describe.concurrent("seamless inspect", () => {
  test("an array, an index with and without a store, and JSON", async ({ dir }) => {
    const index = indexOf({ a: "1", b: "22" });
    await keep(join(dir, "store"), "1");
    writeTree(dir, { "d.INDEX": index, array: ARRAY });
    const [bare, withStore, array, json] = await runAll(
      [
        ["seamless inspect", ["d.INDEX"]],
        ["seamless inspect", ["--store=store", "d.INDEX"]],
        ["seamless inspect", ["array"]],
        ["seamless inspect", ["--json", "array"]],
      ],
      { cwd: dir },
    );
    expect(bare!.out).toContain("\nindex      2 files; a store would know how long they are\n");
    expect(withStore!.out).toContain("\nindex      2 files, 1 B; the store does not have 1 of them\n");
    expect(array!.out).toContain("array      NdArray <f8 (2, 2) [1, NaN, -0, Infinity]\n           4 elements, 32 B\n");
    expect(array!.out).toContain(
      "readable   as binary, mixed, bytes\n           not as text: this is not UTF-8 (at byte 0)\n",
    );
    expect(jsonLines(json!.out)).toMatchObject([
      {
        checksum: sha256(ARRAY),
        length: ARRAY.byteLength,
        celltypes: { binary: true, text: expect.any(String) },
        array: { dtype: "<f8", shape: [2, 2] },
      },
    ]);
  });
});

describe.concurrent("seamless resolve", () => {
  test("files, standard input, the store and paths inside an index; as text unless another celltype is given", async ({
    dir,
  }) => {
    const index = indexOf({ "sub/a": "hello\n" });
    const [hex] = await keep(join(dir, "store"), "hello\n", index, ARRAY);
    writeTree(dir, { "d.INDEX": index, file: "hello\n", "x.CHECKSUM": hex!, array: ARRAY });
    const options = { cwd: dir, env: { SEAMLESS_STORE: "store" } };
    const operands = [hex!, "file", "x", "d/sub/a", `${sha256(index)}/sub/a`];
    const outcomes = await runAll(
      [
        ...operands.map((operand) => ["seamless resolve", [operand]] as const),
        ["seamless resolve", ["--as=binary", "array"]],
        ["seamless resolve", ["--json", "x"]],
        ["seamless resolve", ["array"]],
        ["seamless resolve", [sha256(ARRAY), "--as=int"]],
        ["seamless resolve", ["d/sub"]],
      ],
      options,
    );
    for (const [i, operand] of operands.entries())
      expect([operand, outcomes[i]]).toEqual([operand, { status: 0, out: "hello\n", err: "" }]);
    const [array, json, noText, noInt, folder] = outcomes.slice(operands.length);
    expect(array!.out).toBe('[\n  [1, "NaN"],\n  [-0.0, "Infinity"]\n]\n');
    expect(jsonLines(json!.out)).toEqual([{ checksum: hex, celltype: "text", length: 6, value: "hello" }]);
    for (const outcome of [noText, noInt]) {
      expect(outcome).toMatchObject({ status: 1, out: "" });
      expect(outcome!.err).toMatch(/^seamless resolve: cannot read this buffer as (text|int): this is not UTF-8/);
    }
    expect(folder!.err).toBe("seamless resolve: d/sub is a directory: 'seamless ls' lists it\n");
    expect(await run("seamless resolve", ["-"], { input: "in" })).toEqual({ status: 0, out: "in\n", err: "" });
  });
});

describe.concurrent("seamless convert", () => {
  test("prints the new checksum; the buffer goes to a file, or into the store", async ({ dir }) => {
    const [hex] = await keep(join(dir, "store"), "[1, 2.5]\n");
    const made = sha256(serialize(NdArray.from([1, 2.5]), "binary"));
    const env = { SEAMLESS_STORE: "store" };
    const args = [hex!, "--from", "plain", "--to", "binary"];
    expect(await run("seamless convert", args, { cwd: dir, env })).toEqual({ status: 0, out: `${made}\n`, err: "" });
    expect(stored(join(dir, "store"))).toEqual([hex]);
    const planned = await run("seamless convert", [...args, "--plan", "-o", "out.npy", "--put"], { cwd: dir, env });
    expect(planned).toMatchObject({ status: 0, out: `plain → binary: value\n${made}\n` });
    expect(sha256(readFileSync(join(dir, "out.npy")))).toBe(made);
    expect(stored(join(dir, "store"))).toContain(made);
    const json = await run("seamless convert", [...args, "--plan", "--json"], { cwd: dir, env });
    expect(jsonLines(json.out)).toEqual([
      { checksum: made, from: "plain", to: "binary", plan: [{ source: "plain", target: "binary", category: "value" }] },
    ]);
  });

  test("what the checksum alone answers needs no store", async () => {
    const hex = sha256("x");
    const { status, out } = await run("seamless convert", [hex, "--from", "text", "--to", "bytes"]);
    expect({ status, out }).toEqual({ status: 0, out: `${hex}\n` });
  });

  test("-o - is standard output, for the bytes alone; so it is of get", async ({ dir }) => {
    const [hex] = await keep(join(dir, "store"), "[1, 2.5]\n");
    const made = serialize(NdArray.from([1, 2.5]), "binary");
    const options = { cwd: dir, env: { SEAMLESS_STORE: "store" } };
    const args = [hex!, "--from", "plain", "--to", "binary", "-o", "-"];
    const piped = 'seamless convert "$@" | sha256sum'.replace('"$@"', [...args, "--plan", "--put"].join(" "));
    const { status, out, err } = await shell(piped, dir, options.env);
    expect({ status, out, err }).toEqual({
      status: 0,
      out: `${sha256(made)}  -\n`,
      err: `seamless convert: plain → binary: value\nseamless convert: ${sha256(made)}\n`,
    });
    expect(stored(join(dir, "store"))).toContain(sha256(made));
    const json = await run("seamless convert", [...args, "--json"], options);
    expect(jsonLines(json.out)).toMatchObject([{ error: { code: "USAGE" } }]);
    expect(json.err).toContain("seamless convert: --json needs another FILE than '-', where the bytes go\n");
    expect((await run("seamless get", [hex!, "-o", "-"], options)).out).toBe("[1, 2.5]\n");
    expect(list(dir)).toEqual(["store"]);
  });

  test("a folder or a device is no file to write", async ({ dir }) => {
    writeTree(dir, { x: "1\n", "folder/y": "" });
    for (const output of ["folder", "/dev/null", "gone/file"]) {
      const args = ["x", "--from=plain", "--to=text", "-o", output];
      const { status, out, err } = await run("seamless convert", args, { cwd: dir });
      expect({ output, status, out }).toEqual({ output, status: 1, out: "" });
      expect(err).toContain(`cannot write ${output}: `);
    }
    expect(list(dir)).toEqual(["folder", "x"]);
  });

  test("a failure, a forbidden pair and missing options", async ({ dir }) => {
    writeTree(dir, { x: "hello\n" });
    const outcomes = await runAll(
      [
        ["seamless convert", ["x", "--from", "text", "--to", "int"]],
        ["seamless convert", ["x", "--from", "python", "--to", "yaml"]],
        ["seamless convert", ["x", "--from", "text"]],
        ["seamless convert", ["x", "--to", "text"]],
        ["seamless convert", ["x", "--from", "text", "--to", "nope"]],
        ["seamless convert", ["x", "--from", "text", "--to", "str", "-o", "/dev/null"]],
      ],
      { cwd: dir },
    );
    expect(outcomes.map(({ status, out }) => [status, out])).toEqual([1, 1, 2, 2, 2, 1].map((status) => [status, ""]));
    expect(outcomes[1]!.err).toContain("there is no such conversion");
    expect(outcomes[2]!.err).toContain("--to CELLTYPE is missing");
    expect(outcomes[3]!.err).toContain("--from CELLTYPE is missing");
    expect(list(dir)).toEqual(["x"]);
  });
});

describe.concurrent("seamless matrix", () => {
  test("has all pairs, each in its class", async () => {
    const [table, row, json] = await runAll([
      ["seamless matrix", []],
      ["seamless matrix", ["plain"]],
      ["seamless matrix", ["--json"]],
    ]);
    const signs = { trivial: "=", reinterpret: "?", reformat: "→", possible: "~", forbidden: "·" };
    const lines = table!.out.split("\n");
    for (const [i, from] of CELLTYPES.entries()) {
      const cells = CELLTYPES.filter((to) => to !== from).map((to) => signs[classify(from, to)]);
      expect(lines[i + 1]!.split(/ +/).filter((cell) => cell !== "")).toEqual([from, ...cells]);
    }
    expect(row!.out.split("\n")[1]).toBe(lines[1 + CELLTYPES.indexOf("plain")]);
    expect(jsonLines(json!.out)).toHaveLength(CELLTYPES.length ** 2);
    expect(table!.out).not.toContain("\u001b");
  });

  test("what is forbidden tells whether it works by the value", async () => {
    const [table, byValue, never] = await runAll([
      ["seamless matrix", []],
      ["seamless matrix", ["plain", "binary"]],
      ["seamless matrix", ["python", "yaml"]],
    ]);
    expect(table!.out).toContain("·  forbidden: not from buffer to buffer; some work by the value");
    expect(byValue!.out).toBe(
      "plain → binary: forbidden: not from buffer to buffer; it works by the value, which is read and written anew, if that has a form there\n  plain → binary: value\n",
    );
    expect(never!.out.split("\n")[0]).toBe(
      "python → yaml: forbidden: there is no such conversion, by the value neither: it never works",
    );
  });

  test("without colour on a terminal that has none", async ({ dir }) => {
    const { out } = await inTerminal("seamless matrix", ["plain"], dir, undefined, { NO_COLOR: "", TERM: "dumb" });
    expect(out).not.toContain("\u001b");
  });

  test("in colour on a terminal, but for NO_COLOR", async ({ dir }) => {
    for (const [value, coloured] of Object.entries({ "": true, "1": false, "0": false })) {
      const { out } = await inTerminal("seamless matrix", ["plain"], dir, undefined, {
        NO_COLOR: value,
        TERM: "xterm",
      });
      expect(out.includes("\u001b["), `NO_COLOR=${value}`).toBe(coloured);
    }
  });

  test("unknown celltypes", async () => {
    const names = CELLTYPES.join(", ");
    expect(await run("seamless matrix", ["plain", "x\u001b"])).toEqual(
      refusal("seamless matrix", `there is no celltype 'x\\x1b'; there are ${names}`),
    );
  });
});

describe.concurrent("seamless checksum-of", () => {
  test("values of each celltype, from the command line and from standard input", async ({ dir }) => {
    const rows = [
      ["plain", '{"b": 2, "a": 1.0}', { b: 2, a: 1.5 }, '{\n  "a": 1.0,\n  "b": 2\n}\n'],
      ["text", "hello", undefined, "hello\n"],
      ["str", '"hello"', undefined, '"hello"\n'],
      ["int", "12345678901234567890", undefined, "12345678901234567890\n"],
      ["bool", "true", undefined, "true\n"],
      ["bytes", "hello", undefined, "hello"],
      ["text", "", undefined, "\n"],
      ["bytes", "", undefined, ""],
      // As Python does.
      ["int", "1.5", undefined, "1\n"],
      ["bool", "1", undefined, "true\n"],
      ["str", "12", undefined, '"12"\n'],
      ["python", "x = 1", undefined, "x = 1\n"],
      [
        "binary",
        "[[1, 2], [3, 4]]",
        undefined,
        serialize(
          NdArray.from([
            [1, 2],
            [3, 4],
          ]),
          "binary",
        ),
      ],
    ] as const;
    const outcomes = await runAll(rows.map(([celltype, value]) => ["seamless checksum-of", ["--as", celltype, value]]));
    for (const [i, [celltype, , , buffer]] of rows.entries()) {
      expect([celltype, outcomes[i]]).toEqual([celltype, { status: 0, out: `${sha256(buffer)}\n`, err: "" }]);
    }
    expect((await run("seamless checksum-of", ["--as=text", "-"], { input: "-" })).out).toBe(`${sha256("-\n")}\n`);
    expect(await run("seamless checksum-of", [""])).toEqual(refusal("seamless checksum-of", "an operand is empty"));
    const input = await run("seamless checksum-of", ["-", "--json", "--put", "--store=store"], {
      cwd: dir,
      input: "[ 1 ]",
    });
    const made = sha256("[\n  1\n]\n");
    expect(jsonLines(input.out)).toEqual([{ checksum: made, celltype: "plain", length: 8 }]);
    expect(stored(join(dir, "store"))).toEqual([made]);
  });

  test("a value that begins with a dash", async () => {
    const [bare, behind] = await runAll([
      ["seamless checksum-of", ["-5"]],
      ["seamless checksum-of", ["--as=int", "--", "-5"]],
    ]);
    expect(bare).toEqual(
      refusal("seamless checksum-of", "Unknown option '-5'; an operand that begins with a dash comes after --"),
    );
    expect(behind).toEqual({ status: 0, out: `${sha256("-5\n")}\n`, err: "" });
  });

  test("what is no such value", async () => {
    const rows = [
      ["plain", "hello", /the value is no plain: this is not JSON: .* \(a string is in double quotes, or --as text\)/],
      ["python", "def", /the value is no python: this is not valid Python: expected a name \(line 1, column 4\)\n/],
      ["checksum", "hello", /: this is not JSON: .* \(a checksum is 64 hex digits in double quotes; a list or dict/],
      ["int", '"x"', /cannot write this value as int/],
      ["binary", "[[1], [1, 2]]", /a list of 2 beside one of 1 makes no array/],
    ] as const;
    const outcomes = await runAll(rows.map(([celltype, value]) => ["seamless checksum-of", ["--as", celltype, value]]));
    for (const [i, [, value, message]] of rows.entries()) {
      expect([value, outcomes[i]!.status, outcomes[i]!.out]).toEqual([value, 1, ""]);
      expect(outcomes[i]!.err).toMatch(message);
    }
  });
});
