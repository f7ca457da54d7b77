import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type CommandName, type Outcome, refusal, run } from "./support/commands.ts";
import { jsonLines, list, writeTree } from "./support/files.ts";
import { test } from "./support/test.ts";

const HELLO = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

/** A home whose configuration says something, and commands that are called there. */
function home(dir: string, text: string | Uint8Array | undefined, mode = 0o600) {
  const file = join(dir, ".config/seamless/config.yaml");
  mkdirSync(join(dir, ".config/seamless"), { recursive: true });
  if (text !== undefined) writeFileSync(file, text);
  if (text !== undefined) chmodSync(file, mode);
  const call = (name: CommandName, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    run(name, args, { cwd: dir, input: "hello\n", env: { HOME: dir, XDG_CONFIG_HOME: "", ...env } });
  return { file, call };
}

const STORES = `
stores:
  prod:
    url: http://127.0.0.1:1/x
    token: hunter2
  local: ~/buffers
  flat: { url: ~/flat buffers, layout: flat }
store: "@local"
incremental: true
parallel: 3
`;

/** What is wrong, without the name of the file. */
const reasonOf = ({ err }: Outcome, file: string, name = "seamless put") =>
  err.split("\n")[0]!.replace(`${name}: `, "").replaceAll(file, "FILE");

describe.concurrent("named stores", () => {
  test("are used by --store, the variable, operands and the configuration itself", async ({ dir }) => {
    const { call } = home(dir, STORES);
    for (const [args, env] of [
      [["-"], {}],
      [["--store", "@local", "-"], { SEAMLESS_STORE: "@nothing" }],
      [["-"], { SEAMLESS_STORE: "@flat" }],
    ] as const) {
      expect(await call("seamless put", args, env)).toEqual({ status: 0, out: `${HELLO}\n`, err: "" });
    }
    expect(list(join(dir, "buffers/58"))).toEqual([HELLO]);
    expect(list(join(dir, "flat buffers"))).toContain(HELLO);
    for (const name of ["@local", "@flat"]) {
      expect(await call("seamless store ls", [name])).toMatchObject({ status: 0, out: `${HELLO}  6\n` });
    }
    expect(await call("seamless store sync", ["@local", "copy"])).toMatchObject({ status: 0 });
    expect(list(join(dir, "copy/58"))).toEqual([HELLO]);
    expect(await call("seamless get", [HELLO])).toMatchObject({ status: 0, out: "hello\n" });
  });

  test("an unknown one is an error that lists those known", async ({ dir }) => {
    const { call, file } = home(dir, STORES);
    for (const args of [
      ["put", "--store", "@prd", "-"],
      ["store", "ls", "@prd"],
    ] as const) {
      const { status, out, err } = await call("seamless", args);
      expect({ status, out }).toEqual({ status: 2, out: "" });
      expect(err).toContain(
        `there is no store @prd; there are @prod, @local, @flat (in ${file}); a folder of that name is ./@prd\n`,
      );
    }
  });

  test("an unknown one is an error also where no store is needed", async ({ dir }) => {
    const { call } = home(dir, STORES);
    writeTree(dir, { "j.json": "[1]\n", "x.INDEX": "{}\n" });
    const lines = [
      ["cat", "j.json"],
      ["inspect", "j.json"],
      ["resolve", "j.json"],
      ["convert", "j.json", "--from=plain", "--to=text", "--plan"],
      ["checksum-of", "1"],
      ["ls", "x.INDEX"],
      ["diff", "x.INDEX", "x.INDEX"],
    ];
    const unknown = "there is no store @no; there are @prod, @local, @flat";
    for (const [word, ...args] of lines) {
      const name = `seamless ${word}` as CommandName;
      for (const outcome of [
        await call(name, ["--store", "@no", ...args]),
        await call(name, args, { SEAMLESS_STORE: "@no" }),
      ]) {
        expect([name, outcome.status, outcome.out]).toEqual([name, 2, ""]);
        expect(outcome.err).toContain(`${name}: ${unknown}`);
      }
    }
    // What shows the settings shows this one too.
    const shown = await call("seamless config", ["--store", "@no"]);
    expect(shown).toMatchObject({ status: 1, out: expect.stringMatching(/^store +@no +--store\n/) });
    expect(shown.err).toContain(`seamless config: ${unknown}\n`);
    expect(await call("seamless config", ["store"], { SEAMLESS_STORE: "@no" })).toMatchObject({
      status: 1,
      out: "@no\n",
    });
    // Completion asks for them, whatever is set.
    const names = await call("seamless config", ["--stores"], { SEAMLESS_STORE: "@no" });
    expect(names).toEqual({ status: 0, out: "@prod\n@local\n@flat\n", err: "" });
  });

  test("a name with control characters is escaped", async ({ dir }) => {
    const { call } = home(dir, undefined);
    const { status, err } = await call("seamless store du", ["@a\u001b[31mRED\nline"]);
    expect(status).toBe(2);
    expect(err.split("\n")[0]).toMatch(/ a folder of that name is \.\/@a\\x1b\[31mRED\\nline$/);
    expect(err).not.toContain("\u001b");
  });

  test("without a file, or a home folder, it says where it looked", async ({ dir }) => {
    const { call, file } = home(dir, undefined);
    expect((await call("seamless put", ["--store", "@x", "-"])).err).toContain(
      `@x; none is named (${file} is not there)`,
    );
    const env = { HOME: join(dir, "missing") };
    expect((await call("seamless put", ["--store", "@x", "-"], env)).err).toContain(
      "there is no home folder: set XDG_CONFIG_HOME",
    );
    expect(await call("seamless put", ["--store", "s", "-"], env)).toMatchObject({ status: 0, err: "" });
    expect(await call("seamless config", ["parallel"], env)).toEqual({ status: 0, out: "16\n", err: "" });
    expect((await call("seamless config", [], env)).err).toContain("there is no home folder for a configuration");
  });

  test("a folder by such a name is meant by ./", async ({ dir }) => {
    const { call } = home(dir, undefined);
    expect(await call("seamless put", ["--store", "./@x", "-"])).toMatchObject({ status: 0 });
    expect(list(dir)).toContain("@x");
  });
});

describe.concurrent("what it says", () => {
  test("counts where neither an option nor a variable says something", async ({ dir }) => {
    const { call } = home(dir, STORES);
    const of = async (name: string, args: readonly string[], env = {}) =>
      (await call("seamless config", [name, ...args], env)).out.trimEnd();
    expect([
      await of("store", []),
      await of("store", [], { SEAMLESS_STORE: "v" }),
      await of("store", ["--store=o"], { SEAMLESS_STORE: "v" }),
    ]).toEqual(["@local", "v", "o"]);
    expect([await of("parallel", []), await of("parallel", ["--parallel", "5"])]).toEqual(["3", "5"]);
    expect([await of("incremental", []), await of("incremental", [], { SEAMLESS_INCREMENTAL: "0" })]).toEqual([
      "true",
      "false",
    ]);
    // As a command that has the option sees it.
    writeTree(dir, { "d/a": "1" });
    const cached = () => list(join(dir, "cache"));
    mkdirSync(join(dir, "cache"));
    const env = { XDG_CACHE_HOME: join(dir, "cache") };
    await call("seamless index", ["d"], { ...env, SEAMLESS_INCREMENTAL: "0" });
    await call("seamless index", ["--no-incremental", "d"], { ...env, SEAMLESS_INCREMENTAL: "1" });
    await call("seamless index", ["--no-incremental", "d"], env);
    expect(cached()).toEqual([]);
    for (const other of ["--incremental", "--rehash"]) {
      const contrary = await call("seamless index", ["--no-incremental", other, "d"], env);
      expect(contrary).toMatchObject({ status: 2, out: "" });
      expect(contrary.err).toContain(`--no-incremental has no meaning with ${other}\n`);
    }
    await call("seamless index", ["d"], env);
    expect(cached()).toContain("seamless");
  });

  test("is shown with where it comes from, and no secret", async ({ dir }) => {
    const { call, file } = home(dir, `${STORES}# the end`);
    const shown = await call("seamless config", ["--store", "@prod"], {
      SEAMLESS_INCREMENTAL: "1",
      SEAMLESS_TOKEN: "hunter3",
    });
    // Columns are as wide as the longest path.
    expect({ ...shown, out: shown.out.replaceAll(/ {2,}/g, "  ").replaceAll(dir, "~") }).toEqual({
      status: 0,
      err: `seamless config: the configuration is ${file}\n`,
      out: [
        "store  @prod  --store",
        "token  (set, not shown)  line 5",
        "layout  -  default",
        "incremental  true  SEAMLESS_INCREMENTAL",
        "parallel  3  line 10",
        "@prod  http://127.0.0.1:1/x  line 4",
        "@local  ~/buffers  line 6",
        "@flat  ~/flat buffers  line 7",
        "",
      ].join("\n"),
    });
    const objects = jsonLines((await call("seamless config", ["--json", "--token", "hunter4"])).out);
    expect(objects[0]).toEqual({ name: "store", value: "@local", from: { file, line: 8, column: 8 } });
    expect(objects[1]).toEqual({ name: "token", set: true, from: { option: "--token" } });
    expect(objects[4]).toEqual({ name: "parallel", value: 3, from: { file, line: 10, column: 11 } });
    const all = await Promise.all([
      call("seamless config", ["--json"]),
      call("seamless config", ["token"]),
      call("seamless put", ["--store=@prod", "-"]),
    ]);
    for (const { out, err } of all) expect(out + err).not.toContain("hunter");
    expect(await call("seamless config", ["--stores"])).toEqual({ status: 0, err: "", out: "@prod\n@local\n@flat\n" });
    expect(await call("seamless config", ["layout"])).toEqual({ status: 1, out: "", err: "" });
    expect(await call("seamless config", ["--stores", "parallel"])).toEqual(
      refusal("seamless config", "--stores prints the names of stores, and takes no NAME"),
    );
    expect((await call("seamless config", ["nonsense"])).err).toContain(
      "there is no setting 'nonsense'; there are store, token,",
    );
  });

  test("a query of an address is refused in the file, whoever may read that, and shown nowhere", async ({ dir }) => {
    for (const [text, column] of [
      ["stores: {a: {url: 'https://h/?token=hunter2'}}", 19],
      ["stores: {a: 's3://b/x#hunter2'}", 13],
      ["store: https://me:x@h/?hunter2", 8],
    ] as const) {
      for (const mode of [0o600, 0o644]) {
        const { call, file } = home(dir, text, mode);
        for (const name of ["seamless config", "seamless put"] as const) {
          const outcome = await call(name, name === "seamless put" ? ["-"] : []);
          expect(outcome).toMatchObject({ status: 1, out: "" });
          expect(reasonOf(outcome, file, name)).toBe(
            `FILE, line 1, column ${column}: the URL of a store has no query and no fragment; a token has a line of its own: token: …`,
          );
        }
      }
    }
    const bare = home(dir, "store: h/?token=hunter2");
    expect((await bare.call("seamless config", [])).err).not.toContain("hunter2");
    const { call } = home(dir, "parallel: 3");
    for (const args of [[], ["--json"]]) {
      const { out } = await call("seamless config", args, { SEAMLESS_STORE: "https://h/x?token=hunter2" });
      expect(out).toContain("https://h/x?…");
      expect(out).not.toContain("hunter2");
    }
  });

  test("a password in an address is not shown", async ({ dir }) => {
    const { call } = home(dir, "stores: { r: 'redis://me:hunter2@localhost/1' }\nstore: '@r'");
    const { out, err } = await call("seamless config", []);
    expect(out).toMatch(/^@r +redis:\/\/…@localhost\/1 {2}line 1$/m);
    expect(out + err).not.toContain("hunter2");
    expect((await call("seamless config", ["store", "--store", "s3://a:b@c"])).out).toBe("s3://…@c\n");
  });

  test("the token of a store goes to that store, whatever the variable says", async ({ dir }) => {
    const { call } = home(dir, STORES);
    const { createServer } = await import("node:http");
    const tokens: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      tokens.push(request.headers.authorization);
      response.writeHead(401).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    writeFileSync(
      join(dir, ".config/seamless/config.yaml"),
      `stores: {a: {url: "http://127.0.0.1:${port}", token: own}, b: "http://127.0.0.1:${port}"}`,
    );
    const env = { SEAMLESS_TOKEN: "variable" };
    await call("seamless has", ["--store", "@a", HELLO], env);
    await call("seamless has", ["--store", "@b", HELLO], env);
    await call("seamless has", ["--store", "@a", "--token", "option", HELLO], env);
    await call("seamless store copy", ["@a", "@b", HELLO]);
    server.close();
    expect(tokens).toContain("Bearer own");
    expect(tokens).toContain("Bearer variable");
    expect(tokens).toContain("Bearer option");
  });
});

describe.concurrent("a configuration that is wrong", () => {
  test.for([
    ["stroe: x", "FILE, line 1, column 1: unknown key 'stroe'; did you mean 'store'?"],
    [
      "parallel: 3\nnonsense: 1\n",
      "FILE, line 2, column 1: unknown key 'nonsense'; there are stores, store, incremental, parallel",
    ],
    [
      "decompress: true",
      "FILE, line 1, column 1: unknown key 'decompress'; there are stores, store, incremental, parallel",
    ],
    // What is run as a program is only ever named on the command line.
    [
      "functions: f.mjs",
      "FILE, line 1, column 1: unknown key 'functions'; there are stores, store, incremental, parallel",
    ],
    ["record: r", "FILE, line 1, column 1: unknown key 'record'; there are stores, store, incremental, parallel"],
    ["stores:\n  é: {url: /x, tokn: y}", "FILE, line 2, column 16: unknown key 'tokn'; did you mean 'token'?"],
    ["stores:\n  a: {layout: flat}", "FILE, line 2, column 6: this store has no url"],
    ["stores:\n  a b: /x", "FILE, line 2, column 3: 'a b' is no name for a store: letters, digits, . _ -"],
    ["stores:\n  a: x", "FILE, line 2, column 6: 'x' is neither a URL nor a path that begins with / or ~/"],
    ["stores:\n  a: 12", "FILE, line 2, column 6: a store has lines of the form NAME: VALUE"],
    ["stores:\n  a: {url: /x, layout: round}", "FILE, line 2, column 24: layout takes prefix or flat"],
    ["stores:\n  a: {url: /x, token: y}", "FILE, line 2, column 23: a token is for servers, http://… or https://…"],
    [
      "stores:\n  a: {url: 'http://x', token: 12}",
      "FILE, line 2, column 31: token is a text; what may be read as something else stands in quotes",
    ],
    ["stores: [a]", "FILE, line 1, column 9: stores has lines of the form NAME: VALUE"],
    ["- a", "FILE, line 1, column 1: the configuration has lines of the form NAME: VALUE"],
    ["parallel: 0", "FILE, line 1, column 11: parallel takes a whole number from 1 to 256"],
    ["parallel: many", "FILE, line 1, column 11: parallel takes a whole number from 1 to 256"],
    ["incremental: maybe", "FILE, line 1, column 14: incremental is true or false"],
    ["store: /a\nstore: /b", "FILE, line 2, column 1: 'store' is there twice"],
    ["[a]: 1", "FILE, line 1, column 1: a name is expected here"],
    ["store: '@nope'\nstores: {a: /a}", "FILE, line 1, column 8: there is no store @nope; there are @a"],
    [
      "# é\nstore: @prod",
      'FILE, line 2, column 8: not YAML 1.1: REASON; a value that begins with @ stands in quotes: "@prod"',
    ],
    ["a: [", "FILE, line 1, column 5: not YAML 1.1: REASON"],
    ['store: "\u001b[31m"', "FILE, line 1, column 9: not YAML 1.1: the character U+001b"],
    ["stores: &a\n  a: *a", "FILE, line 2, column 3: unknown key 'a'; there are url, token, layout"],
    ["__proto__: 1", "FILE, line 1, column 1: unknown key '__proto__'; there are stores, store, incremental, parallel"],
  ] as const)("%j", async ([text, expected], { dir }) => {
    const { call, file } = home(dir, text);
    const outcome = await call("seamless put", ["-"]);
    expect(outcome).toMatchObject({ status: 1, out: "" });
    const reason = reasonOf(outcome, file).replace(/(?<=not YAML 1\.1: )(?!the character).*?(?=$|; a value)/, "REASON");
    expect(reason).toBe(expected);
    expect(outcome.err).not.toContain("\u001b");
  });

  test("is an object with --json", async ({ dir }) => {
    const { call, file } = home(dir, "\nx: 1");
    const { out } = await call("seamless put", ["--json", "-"]);
    expect(jsonLines(out)).toEqual([
      { error: expect.objectContaining({ code: "INVALID_ARGUMENT", file, line: 2, column: 1 }) },
    ]);
  });

  test("a folder, no text, or one that is too large", async ({ dir }) => {
    const { call, file } = home(dir, undefined);
    mkdirSync(file);
    const told = "cannot read the configuration FILE: ";
    expect(reasonOf(await call("seamless put", ["-"]), file)).toBe(`${told}it is a directory, not a regular file`);
    const others = home(join(dir, "other"), new Uint8Array([0xff]));
    expect(reasonOf(await others.call("seamless put", ["-"]), others.file)).toBe(`${told}it is not UTF-8`);
    writeFileSync(others.file, "#".repeat(2 ** 20 + 1));
    expect(reasonOf(await others.call("seamless put", ["-"]), others.file)).toBe(
      "FILE is too large for a configuration: the limit is 1048576 bytes",
    );
    for (const empty of ["", "# nothing\n", "stores:\n"]) {
      writeFileSync(others.file, empty);
      expect((await others.call("seamless put", ["-"])).err).toContain("no store was given");
    }
  });

  test("one that cannot be read", async ({ dir, fullInstallation }) => {
    const { file } = home(dir, STORES, 0o000);
    const env = { HOME: dir, XDG_CONFIG_HOME: "" };
    const outcome = await run("seamless put", ["-"], {
      cwd: dir,
      env,
      unprivileged: true,
      installation: fullInstallation,
      input: "x",
    });
    expect(outcome.status).toBe(1);
    expect(reasonOf(outcome, file)).toBe("cannot read FILE: permission denied");
  });

  test("a home folder that may not be entered has none", async ({ dir, fullInstallation }) => {
    home(join(dir, "closed"), "nonsense");
    chmodSync(join(dir, "closed"), 0o000);
    writeTree(dir, { "data/f": "1" });
    const env = { HOME: join(dir, "closed"), XDG_CONFIG_HOME: "", XDG_CACHE_HOME: "" };
    const options = { cwd: dir, env, unprivileged: true, installation: fullInstallation };
    expect(await run("seamless-checksum-index", ["--dry-run", "data"], options)).toMatchObject({ status: 0 });
    expect((await run("seamless put", ["data/f"], options)).err).toContain("no store was given");
    for (const [name, args] of [
      ["seamless config", []],
      ["seamless put", ["--store=@x", "data/f"]],
    ] as const) {
      const { err } = await run(name, args, options);
      expect(err).toContain("closed/.config/seamless/config.yaml");
      expect(err).toContain(" is in a folder that may not be entered");
    }
  });

  test.for([0o644, 0o640, 0o602])("a secret in a file of mode %o is refused, and not shown", async (mode, { dir }) => {
    const shown = mode.toString(8);
    for (const [text, column] of [
      ["stores: {a: {token: hunter2, url: 'https://x'}}", 21],
      ["stores: {a: 'redis://:hunter2@x'}", 13],
      ["store: https://me:hunter2@x", 8],
    ] as const) {
      const { call, file } = home(dir, text, mode);
      const outcome = await call("seamless put", ["-"]);
      expect(outcome.status).toBe(1);
      expect(reasonOf(outcome, file)).toBe(
        `FILE, line 1, column ${column}: a secret in a file that other users may read or write (mode ${shown}): run chmod 600 FILE, and change the secret if somebody may have read it`,
      );
      expect(outcome.err).not.toContain("hunter2");
    }
    // Without one, all may read it.
    expect(await home(dir, "store: ~/s", mode).call("seamless put", ["-"])).toMatchObject({ status: 0 });
  });

  test("is not looked at by commands that need nothing of it", async ({ dir }) => {
    const { call } = home(dir, "nonsense");
    writeTree(dir, { f: "1", "d/a": "1" });
    const lines: readonly [CommandName, readonly string[], Readonly<Record<string, string>>?][] = [
      ["seamless-checksum", ["f"]],
      ["seamless", ["checksum", "f"]],
      ["seamless", ["--help"]],
      ["seamless put", ["--help"]],
      ["seamless put", ["--store", "s", "f"]],
      ["seamless put", ["f"], { SEAMLESS_STORE: "s" }],
      ["seamless cat", ["f"]],
      ["seamless store ls", ["s"]],
      ["seamless-checksum-index", ["d"], { SEAMLESS_INCREMENTAL: "0" }],
      ["seamless-checksum-index", ["--help"]],
    ];
    for (const [name, args, env] of lines) expect((await call(name, args, env)).status, args.join(" ")).toBe(0);
    expect((await call("seamless-checksum-index", ["d"])).status).toBe(1);
  });
});
