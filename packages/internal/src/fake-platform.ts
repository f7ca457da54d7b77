import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/* How tests take this process for one on another platform, whose files behave as they do there; nothing of it is shipped. */

/**
 * Makes this process say that it runs on another platform.
 *
 * @param name - As Node has it.
 * @returns the way back.
 */
export function fakePlatform(name: string): () => void {
  const real = Object.getOwnPropertyDescriptor(process, "platform")!;
  Object.defineProperty(process, "platform", { ...real, value: name });
  return () => void Object.defineProperty(process, "platform", real);
}

/** What stands in for a function of `node:fs/promises`, and how often it was called. */
export interface FakeCall {
  calls: number;
  restore(): void;
}

/**
 * Makes a function of `node:fs/promises` fail as the operating system makes it fail, for whoever has imported it.
 *
 * @param code - Of the error of a call, by its number from 0 and its first argument; `undefined` to let it through.
 */
export function failCalls(
  name: "link" | "open" | "rename" | "unlink",
  code: (call: number, path: string) => string | undefined,
): FakeCall {
  const functions = fs.promises as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  const real = functions[name]!;
  const fake: FakeCall = {
    calls: 0,
    restore() {
      functions[name] = real;
      syncBuiltinESMExports();
    },
  };
  functions[name] = async (...args) => {
    const failure = code(fake.calls++, String(args[0]));
    if (failure === undefined) return real(...args);
    throw Object.assign(new Error(`${failure}: ${name} '${args[0]}'`), { code: failure, errno: -1, syscall: name });
  };
  syncBuiltinESMExports();
  return fake;
}
