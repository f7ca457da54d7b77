import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
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
      err: `seamless upload: d: 2 files, 11 B; put 0 files, 0 B into ${folder}; what the store already had was not verified (--trust-store)\n`,
    });
    expect(read()).toBe("HELLO\n");
  });

  test("with progress", async ({ dir }) => {
    const { folder } = await corrupted(dir);
    const { err } = await run("seamless upload", ["--progress", "--store", folder, "d"], { cwd: dir });
    expect(err.match(/^3 of 3 files, 164 B, .*\/s, \d+:\d\d$/gm)?.length).toBeGreaterThanOrEqual(1);
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
    // The index too; and once more what was replaced.
    expect(checked.sort()).toEqual([...Object.values(FILES), INDEX, FILES.a].map(sha256).sort());
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
      // What is put where something else may have been is proven after that.
      [files.large, files.wrong, files.small, files.wrong].map((content) => `GET ${sha256(content)}`).sort(),
    );
  });

  test("the index as well: it is replaced and reported", async ({ dir }) => {
    const { folder } = await corrupted(dir);
    await keep(folder, FILES.a);
    const file = join(folder, sha256(INDEX).slice(0, 2), sha256(INDEX));
    writeFileSync(file, INDEX.replace("a", "z"));
    const args = ["--store", folder, "--json", "d"];
    const dry = await run("seamless upload", ["--dry-run", ...args], { cwd: dir });
    expect(dry.err).toContain(`has a corrupt copy of ${sha256(INDEX)} (the index): it would be replaced\n`);
    expect(jsonLines(dry.out)).toEqual([
      expect.objectContaining({ missing: { files: 0, bytes: 0 }, corrupt: [sha256(INDEX)] }),
    ]);
    const { status, out, err } = await run("seamless upload", args, { cwd: dir });
    expect(status).toBe(0);
    expect(err).toContain(`has a corrupt copy of ${sha256(INDEX)} (the index): it is replaced\n`);
    expect(jsonLines(out)).toEqual([
      expect.objectContaining({ put: { files: 0, bytes: 0 }, replaced: [sha256(INDEX)], proven: true }),
    ]);
    expect(readFileSync(file, "utf8")).toBe(INDEX);
  });

  test.for([507, 200, 201])(
    "a server that answers %i to every PUT, and keeps its corrupt copy",
    async (answer, { dir }) => {
      const files = { a: LARGE, b: FILES.b };
      const [hex, corrupt] = [sha256(LARGE), LARGE.replace("x", "y")];
      writeTree(join(dir, "d"), files);
      const held = new Map([
        [hex, corrupt],
        [sha256(files.b), files.b],
      ]);
      const requests: string[] = [];
      const server = await plainServer(held, requests, { put: (name) => (name === hex ? answer : undefined) });
      const upload = await run("seamless upload", ["--json", "--store", server.url, "d"], { cwd: dir });
      const put = await run("seamless put", ["--store", server.url, "d/a", "d/b"], { cwd: dir });
      server.close();
      const reason =
        answer === 507
          ? `${server.url}: cannot put ${hex}: the disk of the server is full (status 507)`
          : `${server.url}: cannot put ${hex}: the store accepted it, but keeps a corrupt copy; delete that copy from the store`;
      expect(upload.status).toBe(1);
      expect(upload.err).toContain(`seamless upload: ${reason}\n`);
      expect(upload.err).toContain("1 of 2 files failed, so the index was not put");
      expect(upload.err).not.toMatch(/put \d+ files?,/);
      expect(jsonLines(upload.out)).toEqual([
        { path: "a", error: expect.objectContaining({ checksum: hex }) },
        { error: expect.objectContaining({ code: "INDEX_FAILED" }) },
      ]);
      // The other file is there and right, which is proven.
      expect(put).toEqual({ status: 1, out: `${sha256(FILES.b)}  d/b\n`, err: `seamless put: ${reason}\n` });
      expect(held.get(hex)).toBe(corrupt);
      expect(requests.filter((line) => line === `PUT ${sha256(indexOf(files))}`)).toEqual([]);
    },
  );

  test("a small copy that such a server keeps is found as well", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    const held = new Map([[A, "HELLO\n"]]);
    const server = await plainServer(held, [], { put: (name) => (name === A ? 200 : undefined) });
    const { status, err } = await run("seamless upload", ["--store", server.url, "d"], { cwd: dir });
    server.close();
    expect(status).toBe(1);
    expect(err).toContain(`cannot put ${A}: the store accepted it, but keeps a corrupt copy`);
  });

  test("an answer that becomes too much is that buffer's fault, and is replaced", async ({ dir }) => {
    writeTree(join(dir, "d"), { a: LARGE, b: FILES.b });
    const hex = sha256(LARGE);
    const held = new Map([
      [hex, LARGE],
      [sha256(FILES.b), FILES.b],
    ]);
    let bomb = true;
    const server = await plainServer(held, [], {
      get(name, response) {
        if (name !== hex || !bomb) return false;
        // 64 MiB in 64 kB: over 1,000 times their size.
        response.setHeader("Content-Encoding", "gzip").end(gzipSync(Buffer.alloc(2 ** 26), { level: 9 }));
        return true;
      },
      put(name) {
        if (name === hex) bomb = false;
        return undefined;
      },
    });
    const looked = await run("seamless has", ["--verify", "--store", server.url, hex, sha256(FILES.b)], { cwd: dir });
    const { status, err } = await run("seamless upload", ["--store", server.url, "d"], { cwd: dir });
    server.close();
    expect(looked.status).toBe(1);
    expect(looked.out).toMatch(new RegExp(`^${hex}  (corrupt|unreadable)\n${sha256(FILES.b)}  present\n$`));
    expect(status).toBe(0);
    expect(err).toContain(`has a corrupt copy of ${hex} (a): it is replaced\n`);
  });

  test("no more is fetched of a copy than it should have", async ({ dir }) => {
    writeTree(join(dir, "d"), { a: LARGE });
    const hex = sha256(LARGE);
    let sent = 0;
    let endless = true;
    const piece = Buffer.alloc(2 ** 16);
    const server = await plainServer(new Map([[hex, LARGE]]), [], {
      get(_, response) {
        if (!endless) return false;
        const more = () => {
          do sent += piece.length;
          while (sent < 2 ** 28 && response.write(piece));
          if (sent >= 2 ** 28) response.end();
        };
        response.on("drain", more);
        more();
        return true;
      },
      put() {
        endless = false;
        return undefined;
      },
    });
    const looked = await run("seamless has", ["--verify", "--store", server.url, hex], { cwd: dir });
    expect(looked).toEqual({ status: 1, out: `${hex}  corrupt\n`, err: "" });
    expect(sent).toBeLessThan(2 ** 25);
    const { status, err } = await run("seamless upload", ["--store", server.url, "d"], { cwd: dir });
    server.close();
    expect({ status, err }).toMatchObject({ status: 0 });
    expect(err).toContain(`has a corrupt copy of ${hex} (a): it is replaced\n`);
    expect(sent).toBeLessThan(2 ** 26);
  });

  test("fetching shows progress; --trust-store says in JSON that nothing is proven", async ({ dir }) => {
    writeTree(join(dir, "d"), { a: LARGE, b: FILES.b });
    const held = new Map([LARGE, FILES.b].map((content) => [sha256(content), content]));
    const server = await plainServer(held, []);
    const args = ["--store", server.url];
    const has = await run("seamless has", ["--verify", "--progress", ...args, ...held.keys()], { cwd: dir });
    const upload = await run("seamless upload", ["--progress", ...args, "d"], { cwd: dir });
    const trusting = await run("seamless upload", ["--trust-store", "--json", ...args, "d"], { cwd: dir });
    server.close();
    expect(has.err).toMatch(/^2 of 2 files, 1\.05 MB of 1\.05 MB, 100 %, .*\/s, \d+:\d\d$/m);
    expect(upload.err).toMatch(/^1 of 1 files, 1\.05 MB of 1\.05 MB, 100 %, .*\/s, \d+:\d\d$/m);
    expect(jsonLines(trusting.out)).toEqual([expect.objectContaining({ proven: false, put: { files: 0, bytes: 0 } })]);
  });
});

/** Over what is put again rather than fetched. */
const LARGE = "x".repeat(2 ** 20 + 1);

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

test("an answer that is none of a hashserver is that buffer's fault", async ({ dir }) => {
  const [a, b] = [A, sha256(FILES.b)];
  const held = new Map([
    [a, FILES.a],
    [b, FILES.b],
  ]);
  const server = await plainServer(held, [], {
    get(name, response) {
      if (name === a) response.writeHead(410).end();
      return name === a;
    },
  });
  const outcome = await run("seamless has", ["--verify", "--store", server.url, a, b], { cwd: dir });
  server.close();
  expect(outcome).toEqual({ status: 1, out: `${a}  unreadable\n${b}  present\n`, err: "" });
});

/** What a server does otherwise. */
interface Changes {
  /** The status that a PUT is answered with, and nothing kept. */
  put?(name: string): number | undefined;
  /** @returns whether it has answered. */
  get?(name: string, response: ServerResponse): boolean;
}

/** A hashserver as Python's: it hashes nothing of what it has. */
async function plainServer(held: Map<string, string>, requests: string[], changes: Changes = {}) {
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
        const status = changes.put?.(name);
        if (status !== undefined) return response.writeHead(status).end();
        held.set(name, body);
        return response.end("OK");
      }
      if (request.method === "GET" && changes.get?.(name, response)) return;
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
