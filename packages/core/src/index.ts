import { installDefault, keeper } from "./default-runtime.ts";
import { warnOnExit } from "./exit-warning.ts";

export * from "@seamless/cache";
export * from "@seamless/celltypes";
export * from "@seamless/checksum";
export * from "@seamless/conversion";
export * from "@seamless/remote";
export * from "@seamless/store";
export { type ConfigureOptions, close, configure } from "./default-runtime.ts";

installDefault();
warnOnExit(() => keeper.unwritten());
