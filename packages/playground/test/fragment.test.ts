import { CELLTYPES } from "@seamless/celltypes";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromBase64Url, toBase64Url } from "../src/base64url.ts";
import { MAX_FRAGMENT, MAX_VALUE, readFragment, type Shared, writeFragment } from "../src/fragment.ts";

const TABS = ["value", "matrix"];

async function thereAndBack(shared: Shared) {
  const { fragment, isWhole } = await writeFragment(shared);
  return { isWhole, read: await readFragment(fragment, TABS) };
}

test("what is written is read again", async () => {
  const celltypes = fc.constantFrom(...CELLTYPES);
  const values = fc.oneof(
    fc.record({ typed: fc.record({ text: fc.string({ unit: "grapheme" }), celltype: celltypes }) }),
    fc.record({ name: fc.string(), bytes: fc.uint8Array() }),
  );
  const shared = fc.record({
    tab: fc.constantFrom(...TABS),
    states: fc.dictionary(fc.constantFrom(...TABS), fc.string()),
    celltype: celltypes,
    value: values,
  });
  await fc.assert(
    fc.asyncProperty(shared, async (some) => {
      const plain = { ...some, states: { ...some.states } } as Shared;
      expect(await thereAndBack(plain)).toEqual({ isWhole: true, read: { shared: plain } });
    }),
  );
});

test.each([
  ["a path that no system has longer", `${"0".repeat(64)}/${"directory/".repeat(400)}`],
  ["the same in other letters", `${"0".repeat(64)}/${"漢".repeat(1365)}`],
])("what a tab keeps has room for %s", async (_, state) => {
  const shared = { tab: "matrix", states: { matrix: state } };
  expect((await thereAndBack(shared)).read).toEqual({ shared });
  const longer = { tab: "matrix", states: { matrix: state.repeat(2) } };
  expect((await thereAndBack(longer)).read).toEqual({ shared: { tab: "matrix", states: {} } });
});

test("a value that is too long for an address is left out, and that is said", async () => {
  const noise = crypto.getRandomValues(new Uint8Array(MAX_FRAGMENT));
  const { isWhole, read } = await thereAndBack({ tab: "value", states: {}, value: { name: "noise", bytes: noise } });
  expect(isWhole).toBe(false);
  expect(read).toEqual({ shared: { tab: "value", states: {}, celltype: undefined } });
  const zeros = new Uint8Array(MAX_VALUE + 1);
  expect((await thereAndBack({ tab: "value", states: {}, value: { name: "", bytes: zeros } })).isWhole).toBe(false);
});

test("what is long, but shrinks, is in the address", async () => {
  const text = "north ".repeat(100_000);
  const value = { typed: { text, celltype: "text" } } as const;
  expect(await thereAndBack({ tab: "value", states: {}, value })).toMatchObject({
    isWhole: true,
    read: { shared: { value } },
  });
});

test("a few bytes that become very many are refused before they do", async () => {
  const stream = new Blob([new Uint8Array(10 * MAX_VALUE)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const packed = toBase64Url(new Uint8Array(await new Response(stream).arrayBuffer()));
  expect(packed.length).toBeLessThan(MAX_FRAGMENT);
  expect(await readFragment(`v=1&tab=value&bytes=${packed}`, TABS)).toEqual({
    problem: `The value in the address cannot be read: it has over ${MAX_VALUE} bytes.`,
  });
});

test.each(["", "VPContent", "the-cache", "%", "tab=value&v=1"])(
  "a place of the page is none of ours: %s",
  async (hash) => {
    expect(await readFragment(hash, TABS)).toBeUndefined();
  },
);

test.each([
  "v=2&tab=value",
  "v=1&tab=value&read=nothing",
  "v=1&tab=value&text=!!!&as=plain",
  "v=1&tab=value&text=q1YqLk&as=plain",
  "v=1&tab=value&text=AAAA&as=toString",
  "v=1&tab=value&bytes=A",
  "v=1&tab=value&bytes=////",
  `v=1&tab=${"x".repeat(MAX_FRAGMENT)}`,
])("what cannot be read is a message: %s", async (fragment) => {
  expect(await readFragment(fragment, TABS)).toEqual({
    problem: expect.stringMatching(/^The (?:address|value) .*\.$/),
  });
});

test("nothing that is in an address makes it throw", async () => {
  const keys = fc.constantFrom("tab", "as", "text", "name", "bytes", "read", "matrix", "__proto__");
  const fields = fc.array(fc.tuple(keys, fc.oneof(fc.string(), fc.constantFrom(...CELLTYPES), fc.base64String())));
  await fc.assert(
    fc.asyncProperty(fields, async (some) => {
      const read = await readFragment(`v=1&${new URLSearchParams(some.map(([key, value]) => [key, value]))}`, TABS);
      expect(read).toBeDefined();
    }),
  );
});

test("tabs that there are not, and long states, are as if they were not there", async () => {
  const fragment = `v=1&tab=other&other=1&matrix=${"x".repeat(4_201)}`;
  expect(await readFragment(fragment, TABS)).toEqual({ shared: { tab: "value", states: {}, celltype: undefined } });
});

test("base64url", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = toBase64Url(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("base64url"));
      expect(fromBase64Url(text)).toEqual(bytes);
    }),
  );
});
