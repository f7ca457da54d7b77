import { join } from "node:path";
import { describe, expect } from "vitest";
import { type CommandName, run } from "./support/commands.ts";
import { jsonLines, list, sha256, writeTree } from "./support/files.ts";
import { serveWith } from "./support/hashserver.ts";
import { keep, stored } from "./support/stores.ts";
import { test } from "./support/test.ts";

const HELLO = sha256("hello\n");
/** Of each command that works with the store, a line that is well but for the store. */
const LINES: readonly (readonly [CommandName, readonly string[]])[] = [
  ["seamless put", ["a"]],
  ["seamless get", [HELLO]],
  ["seamless has", [HELLO]],
  ["seamless upload", ["d"]],
  ["seamless download", ["d.INDEX"]],
];

const dataUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;

describe.concurrent("the store", () => {
  test.for(LINES)("%s %j: none is named", async ([name, args], { dir }) => {
    writeTree(dir, { a: "hello\n", "d/a": "hello\n", "d.INDEX": "{}\n" });
    for (const env of [{}, { SEAMLESS_STORE: "" }]) {
      expect(await run(name, args, { cwd: dir, env })).toEqual({
        status: 2,
        out: "",
        err: `${name}: no store was given: set SEAMLESS_STORE, or use --store URL (a folder, http://…, s3://…, redis://…, static+https://…); 'seamless help stores' explains them\nTry '${name} --help'.\n`,
      });
    }
    expect(list(dir)).toEqual(["a", "d", "d.INDEX"]);
  });

  test.for(LINES)("%s %j: a URL of no store", async ([name, args], { dir }) => {
    writeTree(dir, { a: "hello\n", "d/a": "hello\n", "d.INDEX": "{}\n" });
    const env = { SEAMLESS_STORE: "ftp://user:hunter2@example.org/" };
    const { status, out, err } = await run(name, args, { cwd: dir, env });
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toContain(`${name}: `);
    expect(err).not.toContain("hunter2");
  });

  test.for(LINES)("%s %j: a hashserver that does not answer", async ([name, args], { dir }) => {
    writeTree(dir, { a: "hello\n", "d/a": "hello\n", "d.INDEX": `{"a":"${HELLO}"}` });
    const { url, close } = await serveWith(join(dir, "store"));
    await close();
    const { status, out, err } = await run(
      name,
      [...args, "--store", url, "--json"].filter((arg) => name !== "seamless get" || arg !== "--json"),
      { cwd: dir },
    );
    expect(status).toBe(1);
    expect(err).toContain(url.replace(/\/$/, ""));
    if (name !== "seamless get") {
      expect(jsonLines(out).at(-1)).toMatchObject({ error: { code: "STORE_FAILED" } });
    }
    expect(list(dir).filter((entry) => entry !== "d")).toEqual(["a", "d.INDEX"]);
  });

  test.for([
    ["redis://localhost", "redis"],
    ["s3://bucket/prefix", "@aws-sdk/client-s3"],
  ] as const)("%s without the package of its client: one line says what to install", async ([url, wanted], { dir }) => {
    const resolve = `export const resolve = async (name, context, next) => {
      if (name === "${wanted}") throw new Error("Cannot find package");
      return next(name, context);
    };`;
    const hook = `import { register } from "node:module"; register(${JSON.stringify(dataUrl(resolve))})`;
    const env = { NODE_OPTIONS: `--import ${dataUrl(hook)}`, AWS_REGION: "us-east-1" };
    const { status, out, err } = await run("seamless get", [HELLO, "--store", url], { cwd: dir, env });
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toMatch(new RegExp(`^seamless get: [^\\n]*npm install ${wanted}[^\\n]*\\n$`));
  });

  test("a bucket that does not answer: one line, and no advice of its client on Node", async ({ dir }) => {
    const env = {
      AWS_ENDPOINT_URL: "http://127.0.0.1:9",
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "key",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_MAX_ATTEMPTS: "1",
    };
    const { status, out, err } = await run("seamless has", [HELLO, "--store", "s3://bucket"], { cwd: dir, env });
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toMatch(/^seamless has: [^\n]*s3:\/\/bucket[^\n]*\n$/);
  });

  test("--store overrides SEAMLESS_STORE", async ({ dir }) => {
    writeTree(dir, { a: "hello\n" });
    const env = { SEAMLESS_STORE: "one" };
    expect((await run("seamless put", ["--store", "two", "a"], { cwd: dir, env })).status).toBe(0);
    expect(list(dir)).toEqual(["a", "two"]);
    expect((await run("seamless put", ["a"], { cwd: dir, env })).status).toBe(0);
    expect(list(dir)).toEqual(["a", "one", "two"]);
  });

  test("a folder that is not there has nothing to tell", async ({ dir }) => {
    for (const [name, args] of [
      ["seamless get", [HELLO]],
      ["seamless has", [HELLO]],
    ] as const) {
      const { status, out, err } = await run(name, ["--store", "missing", ...args], { cwd: dir });
      expect({ status, out }).toEqual({ status: 1, out: "" });
      expect(err).toBe(`${name}: cannot read ${dir}/missing: there is no such folder\n`);
    }
    expect(list(dir)).toEqual([]);
  });
});

describe.concurrent("a hashserver that wants a token", () => {
  test("gets it from the option or the environment; it is never printed", async ({ dir }) => {
    const token = "hunter2-and-more";
    writeTree(dir, { a: "hello\n" });
    const folder = join(dir, "store");
    await keep(folder, "1");
    const { url, close } = await serveWith(folder, {}, token);
    const args = ["--store", url, "a"];
    const outcomes = [
      await run("seamless put", args, { cwd: dir }),
      await run("seamless put", [...args, "--token", "wrong"], { cwd: dir, env: { SEAMLESS_TOKEN: token } }),
    ];
    for (const { status } of outcomes) expect(status).toBe(1);
    expect(stored(folder)).toEqual([sha256("1")]);
    const well = [
      await run("seamless put", [...args, "--token", token], { cwd: dir }),
      await run("seamless put", args, { cwd: dir, env: { SEAMLESS_TOKEN: token } }),
      await run("seamless get", ["--store", url, HELLO], { cwd: dir, env: { SEAMLESS_TOKEN: token } }),
      await run("seamless has", ["--store", url, HELLO], { cwd: dir, env: { SEAMLESS_TOKEN: token } }),
    ];
    await close();
    for (const { status } of well) expect(status).toBe(0);
    for (const { out, err } of [...outcomes, ...well]) expect(out + err).not.toMatch(/hunter2|wrong/);
  });

  test("a token is of no use to a folder, and does no harm", async ({ dir }) => {
    writeTree(dir, { a: "hello\n" });
    const env = { SEAMLESS_TOKEN: "x", SEAMLESS_STORE: "store" };
    expect((await run("seamless put", ["a"], { cwd: dir, env })).status).toBe(0);
  });
});
