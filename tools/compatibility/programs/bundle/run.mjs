// `run.mjs FILE [portable]`: runs a bundle, and prints what comes out; a portable one without what only Node has.
const [file, portable] = process.argv.slice(2);
const { exit, stdout } = process;
globalThis.self = globalThis;
if (portable !== undefined) {
  for (const name of ["process", "Buffer", "setImmediate", "clearImmediate", "global"]) delete globalThis[name];
}
await import(file);
// What stands in for setImmediate there would keep Node running.
stdout.write(`${JSON.stringify(await globalThis.outcome())}\n`, () => exit());
