// Modules of Node that are loaded when they are first used. An import would load them at the start, with all that they can do:
// `node:crypto` takes 3 to 5 ms, `node:stream` 2, `node:zlib` 1, and most programs that look at a folder need none. Their functions are looked up
// at each call, as an import would.

let crypto: typeof import("node:crypto") | undefined;
let stream: typeof import("node:stream") | undefined;
let zlib: typeof import("node:zlib") | undefined;

export function nodeCrypto(): typeof import("node:crypto") {
  crypto ??= process.getBuiltinModule("node:crypto");
  return crypto;
}

export function nodeStream(): typeof import("node:stream") {
  stream ??= process.getBuiltinModule("node:stream");
  return stream;
}

export function nodeZlib(): typeof import("node:zlib") {
  zlib ??= process.getBuiltinModule("node:zlib");
  return zlib;
}
