import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { run } from "./support/commands.ts";
import { indexOf, jsonLines, sha256, writeTree } from "./support/files.ts";
import { serveWith } from "./support/hashserver.ts";
import { keep } from "./support/stores.ts";
import { test } from "./support/test.ts";

const FILES = { a: "hello\n", b: "more\n" };
const INDEX = indexOf(FILES);
const A = sha256(FILES.a);

/** A store that has a directory, with wrong bytes of the right size for one of its files. */
async function corrupted(dir: string) {
  writeTree(join(dir, "d"), FILES);
  const folder = join(dir, "store");
  await keep(folder, ...Object.values(FILES), INDEX);
  const file = join(folder, A.slice(0, 2), A);
  writeFileSync(file, "HELLO\n");
  return { folder, read: () => readFileSync(file, "utf8") };
}

describe.concurrent("seamless upload proves what the store has", () => {
  test("in a folder: a corrupt copy is replaced, and reported", async ({ dir }) => {
    const { folder, read } = await corrupted(dir);
    const args = ["--store", folder, "--json", "d"];
    const dry = await run("seamless upload", ["--dry-run", ...args], { cwd: dir });
    expect(dry.err).toContain(`seamless upload: ${folder} has a corrupt copy of ${A} (a): it would be replaced\n`);
    expect(jsonLines(dry.out)).toEqual([expect.objectContaining({ missing: { files: 1, bytes: 6 }, corrupt: [A] })]);
    expect(read()).toBe("HELLO\n");
    const { status, out, err } = await run("seamless upload", args, { cwd: dir });
    expect(status).toBe(0);
    expect(err).toBe(
      [
        `seamless upload: ${folder} has a corrupt copy of ${A} (a): it is replaced`,
        `seamless upload: d: 2 files, 11 B; put 1 file, 6 B into ${folder}\n`,
      ].join("\n"),
    );
    expect(jsonLines(out)).toEqual([expect.objectContaining({ put: { files: 1, bytes: 6 }, replaced: [A] })]);
    expect(read()).toBe("hello\n");
    const [again] = jsonLines((await run("seamless upload", args, { cwd: dir })).out);
    expect(again).toMatchObject({ put: { files: 0, bytes: 0 } });
    expect(again).not.toHaveProperty("replaced");
  });

  test("--trust-store skips that and says so", async ({ dir }) => {
    const { folder, read } = await corrupted(dir);
    const { status, err } = await run("seamless upload", ["--trust-store", "--store", folder, "d"], { cwd: dir });
    expect({ status, err }).toEqual({
      status: 0,
      err: `seamless upload: d: 2 files, 11 B; put 0 files, 0 B into ${folder}; what the store has is not proven (--trust-store)\n`,
    });
    expect(read()).toBe("HELLO\n");
  });

  test("with progress", async ({ dir }) => {
    const { folder } = await corrupted(dir);
    const { err } = await run("seamless upload", ["--progress", "--store", folder, "d"], { cwd: dir });
    expect(err.match(/^2 of 2 files, 11 B, .*\/s$/gm)?.length).toBeGreaterThanOrEqual(1);
  });

  test("through a server of ours, which hashes its own", async ({ dir }) => {
    const { folder, read } = await corrupted(dir);
    const checked: string[] = [];
    const { url, close, store } = await serveWith(folder, {
      async check(checksums, options) {
        checked.push(...checksums.map((checksum) => checksum.hex()));
        return store.check(checksums, options);
      },
    });
    const { status, err } = await run("seamless upload", ["--store", url, "d"], { cwd: dir });
    await close();
    expect(status).toBe(0);
    expect(err).toContain(`has a corrupt copy of ${A} (a): it is replaced\n`);
    expect(read()).toBe("hello\n");
    expect(checked.sort()).toEqual(Object.values(FILES).map(sha256).sort());
  });

  test("of a server that cannot, small buffers are put again, and large ones fetched and hashed", async ({ dir }) => {
    const files = { small: "hello\n", large: "x".repeat(2 ** 20 + 1), wrong: "y".repeat(2 ** 20 + 1) };
    writeTree(join(dir, "d"), files);
    const held = new Map<string, string>(Object.values(files).map((content) => [sha256(content), content]));
    held.set(sha256(files.small), "HELLO\n");
    held.set(sha256(files.wrong), `z${files.wrong.slice(1)}`);
    const requests: string[] = [];
    const server = await plainServer(held, requests);
    const { status, err } = await run("seamless upload", ["--store", server.url, "d"], { cwd: dir });
    server.close();
    expect({ status, err }).toMatchObject({ status: 0 });
    expect(err).toContain(`has a corrupt copy of ${sha256(files.wrong)} (wrong): it is replaced\n`);
    for (const content of Object.values(files)) expect(held.get(sha256(content))).toBe(content);
    expect(requests.filter((line) => line.startsWith("PUT")).sort()).toEqual(
      [files.small, files.wrong, indexOf(files)].map((content) => `PUT ${sha256(content)}`).sort(),
    );
    expect(requests.filter((line) => line.startsWith("GET")).sort()).toEqual(
      [files.large, files.wrong].map((content) => `GET ${sha256(content)}`).sort(),
    );
  });
});

describe.concurrent("seamless has --verify", () => {
  test.for(["folder", "server", "plain server"])(
    "tells what is corrupt in a %s",
    async (kind, { dir, onTestFinished }) => {
      const { folder } = await corrupted(dir);
      const held = new Map([
        [A, "HELLO\n"],
        [sha256(FILES.b), FILES.b],
      ]);
      const server =
        kind === "server" ? await serveWith(folder) : kind === "folder" ? undefined : await plainServer(held, []);
      onTestFinished(async () => void (await server?.close()));
      const [b, none] = [sha256(FILES.b), sha256("none")];
      const args = ["--store", server?.url ?? folder, A, b, none];
      const trusting = await run("seamless has", args, { cwd: dir });
      expect(trusting.out).toBe(`${A}  present\n${b}  present\n${none}  missing\n`);
      const proven = await run("seamless has", ["--verify", ...args], { cwd: dir });
      expect(proven).toEqual({ status: 1, out: `${A}  corrupt\n${b}  present\n${none}  missing\n`, err: "" });
      const json = await run("seamless has", ["--verify", "--json", ...args], { cwd: dir });
      expect(jsonLines(json.out)).toEqual([
        { checksum: A, present: false, state: "corrupt" },
        { checksum: b, present: true },
        { checksum: none, present: false },
      ]);
    },
  );
});

/** A hashserver as Python's: it hashes nothing of what it has. */
async function plainServer(held: Map<string, string>, requests: string[]) {
  const server = createServer((request, response) => {
    const name = request.url!.slice(1);
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      const json = (value: unknown) =>
        response.setHeader("Content-Type", "application/json").end(JSON.stringify(value));
      const asked = () => JSON.parse(body) as string[];
      if (name === "has") return json(asked().map((hex) => held.has(hex)));
      if (name === "buffer-length") return json(asked().map((hex) => held.get(hex)?.length ?? false));
      if (!/^[0-9a-f]{64}$/.test(name)) return response.writeHead(404).end("Not found");
      if (request.method !== "HEAD") requests.push(`${request.method} ${name}`);
      if (request.method === "PUT") {
        held.set(name, body);
        return response.end("OK");
      }
      const content = held.get(name);
      return content === undefined ? response.writeHead(404).end("Not found") : response.end(content);
    });
  }).listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const { port } = server.address() as { port: number };
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, close };
}
