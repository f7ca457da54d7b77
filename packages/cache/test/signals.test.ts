import { getEventListeners } from "node:events";
import { Buffer } from "@seamless/celltypes";
import { forever, turn } from "@seamless/internal/testing";
import { memoryStore, verifiedStream } from "@seamless/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BufferCache, createRuntime } from "../src/index.ts";
import { scriptedStore, text } from "./support/stores.ts";

const listeners = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

const warnings: Error[] = [];
const collect = (warning: Error) => void warnings.push(warning);
beforeEach(() => void process.on("warning", collect));
afterEach(async () => {
  await turn();
  process.off("warning", collect);
  expect(warnings.splice(0)).toEqual([]);
});

interface Call {
  /** Starts something that waits until the signal is aborted. */
  readonly start: (signal: AbortSignal, i: number) => Promise<unknown>;
  readonly close: () => unknown;
}

function hanging(): Call[] {
  const full = new BufferCache({ softCap: 10, hardCap: 100 });
  const held = text("more than ten bytes");
  full.register(held);
  full.incref(held.getChecksum());
  const silent = createRuntime({ stores: [scriptedStore("silent", () => forever)] });
  const stuck = createRuntime({ stores: [{ ...memoryStore(), put: () => forever }], writer: { maxWaiting: 0 } });
  const unwritten = text("unwritten");
  const close = () => full.close();
  return [
    { start: (signal) => full.reserve(50, { signal }), close },
    { start: (signal, i) => silent.resolve(text(`${i}`).getChecksum(), undefined, { signal }), close },
    { start: (signal) => silent.resolve(text("one").getChecksum(), undefined, { signal }), close },
    { start: (signal, i) => silent.fingertip(text(`${i}`).getChecksum(), undefined, { signal }), close },
    { start: (signal) => stuck.write(unwritten, { signal }), close },
    { start: (signal) => stuck.flush({ signal }), close },
    {
      start: (signal) => stuck.writer.ready({ signal }),
      close: () => stuck.close({ timeout: 0 }).catch(() => undefined),
    },
  ];
}

test("fifty calls of each kind at once, with one signal: one listener, and none afterwards", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const calls = hanging();
  const running = calls.flatMap(({ start }) => Array.from({ length: 50 }, (_, i) => start(signal, i)));
  await turn();
  expect(listeners(signal)).toBe(1);
  controller.abort(new Error("enough"));
  for (const result of await Promise.allSettled(running)) expect(result).toMatchObject({ reason: signal.reason });
  expect(listeners(signal)).toBe(0);
  for (const { close } of calls) await close();
});

test("fifty that end well, or streams that are read or cancelled, leave none", async () => {
  const { signal } = new AbortController();
  const store = memoryStore();
  const runtime = createRuntime({ stores: [store] });
  const buffers = Array.from({ length: 50 }, (_, i) => new Buffer(i, "int"));
  await Promise.all(buffers.map((buffer) => runtime.write(buffer, { signal })));
  await Promise.all(buffers.map((buffer) => runtime.resolve(buffer.getChecksum(), "int", { signal })));
  await Promise.all(buffers.map(() => runtime.cache.reserve(10, { signal })));
  const streams = buffers.map(({ content }, i) =>
    verifiedStream(
      buffers[i]!.getChecksum(),
      (async function* () {
        yield content;
      })(),
      { signal },
    ),
  );
  expect(listeners(signal)).toBe(1);
  await Promise.all(streams.map((stream, i) => (i % 2 ? stream.cancel() : new Response(stream).text())));
  expect(listeners(signal)).toBe(0);
  await runtime.close();
});
