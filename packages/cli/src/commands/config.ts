import { showPath } from "@seamless/internal/text";
import {
  type Configuration,
  missingText,
  type Place,
  readConfiguration,
  shownAddress,
  unknownStoreMessage,
} from "../config/configuration.ts";
import { inEnvironment, VARIABLES } from "../config/settings.ts";
import { MEMORY_OPTIONS } from "../files/memory.ts";
import { environmentSwitch, UsageError } from "../program/arguments.ts";
import type { Call, Subcommand } from "../program/command.ts";
import { printable } from "../program/format.ts";
import type { OptionTable } from "../program/options.ts";
import { STORE_OPTIONS, tokenOf } from "../transfer/store.ts";
import { PARALLEL, PARALLEL_OPTION } from "../transfer/transfers.ts";

/** The options that are shown, as other commands take them. */
const SHOWN: OptionTable = {
  ...STORE_OPTIONS,
  incremental: MEMORY_OPTIONS["incremental"]!,
  ...PARALLEL_OPTION,
};

export const config: Subcommand = {
  operands: "[NAME]",
  details: [
    "Prints each setting, or that of NAME, with where it comes from: an option, a variable, a line of the configuration, or",
    "what counts if nothing is said. Then the stores that have names, for --store @NAME. No secret is ever printed.",
    "'seamless help stores' says what the configuration may have in it.",
  ].join("\n"),
  options: { stores: "print only the names of the stores, one a line", ...SHOWN },
  example: ["$ seamless config parallel --parallel 8", "8"].join("\n"),

  async run(call) {
    const { operands, flags, console } = call;
    const configuration = await readConfiguration();
    if (flags["stores"]) {
      if (operands.length > 0) throw new UsageError("--stores prints the names of stores, and takes no NAME");
      for (const name of configuration.stores.keys()) console.result(`@${name}`, { store: `@${name}` });
      return true;
    }
    const rows = settingRows(call, configuration);
    const [wanted] = operands;
    if (wanted !== undefined) {
      const row = rows.find(({ name }) => name === wanted);
      if (row === undefined)
        throw new UsageError(
          `there is no setting '${printable(wanted)}'; there are ${rows.map(({ name }) => name).join(", ")}`,
        );
      if (row.value !== undefined || flags["json"]) console.result(printable(valueText(row)), rowJson(row));
      return row.value !== undefined && (row.name !== "store" || checkStore(call, configuration));
    }
    noteFile(call, configuration);
    const all = [...rows, ...storeRows(configuration)];
    const cells = all.map((row) => [row.name, printable(valueText(row)), originText(row.origin)] as const);
    const widths = [0, 1].map((i) => Math.max(...cells.map((cell) => cell[i]!.length)));
    for (const [i, [name, value, origin]] of cells.entries()) {
      console.result(`${name.padEnd(widths[0]!)}  ${value.padEnd(widths[1]!)}  ${origin}`, rowJson(all[i]!));
    }
    return checkStore(call, configuration);
  },
};

/** The name of a store that the configuration does not have is shown as any other value, and is an error. */
function checkStore(call: Call, configuration: Configuration): boolean {
  const { value } = settingRows(call, configuration).find(({ name }) => name === "store")!;
  if (typeof value !== "string" || !value.startsWith("@") || configuration.stores.has(value.slice(1))) return true;
  call.console.warn(unknownStoreMessage(value, configuration.stores));
  return false;
}

/** Where a value comes from. */
type Origin = { readonly option: string } | { readonly variable: string } | Place | "default";

interface Row {
  readonly name: string;
  /** `undefined` if nothing is set. */
  readonly value: string | number | boolean | undefined;
  readonly origin: Origin;
  /** It is not shown. */
  readonly secret?: boolean;
}

function settingRows(call: Call, { stores, settings }: Configuration): readonly Row[] {
  const { given, texts, flags, numbers } = call;
  const originOf = (name: string, place: Place | undefined): Origin => {
    if (given.includes(name)) return { option: `--${name}` };
    return inEnvironment(name) ? { variable: VARIABLES[name]! } : (place ?? "default");
  };
  const store = texts["store"] ?? (process.env["SEAMLESS_STORE"] || undefined) ?? settings.get("store")?.value;
  const named = typeof store === "string" && store.startsWith("@") ? stores.get(store.slice(1)) : undefined;
  // That of a named store is its own.
  const tokenPlace = given.includes("token") ? undefined : named?.token?.place;
  return [
    { name: "store", value: store, origin: originOf("store", settings.get("store")?.place) },
    {
      name: "token",
      value: texts["token"] ?? named?.token?.value ?? tokenOf(call),
      origin: tokenPlace ?? originOf("token", undefined),
      secret: true,
    },
    {
      name: "layout",
      value: texts["layout"] ?? named?.layout?.value,
      origin: originOf("layout", named?.layout?.place),
    },
    {
      name: "incremental",
      value:
        inEnvironment("incremental") && !given.includes("incremental")
          ? environmentSwitch("SEAMLESS_INCREMENTAL")
          : flags["incremental"] === true,
      origin: originOf("incremental", settings.get("incremental")?.place),
    },
    {
      name: "parallel",
      value: numbers["parallel"] ?? PARALLEL,
      origin: originOf("parallel", settings.get("parallel")?.place),
    },
  ];
}

function storeRows({ stores }: Configuration): readonly Row[] {
  return [...stores].map(([name, { url }]) => ({ name: `@${name}`, value: url.value, origin: url.place }));
}

function valueText({ value, secret }: Row): string {
  if (value === undefined) return "-";
  if (secret) return "(set, not shown)";
  return shownAddress(String(value));
}

function originText(origin: Origin): string {
  if (origin === "default") return "default";
  if ("option" in origin) return origin.option;
  return "variable" in origin ? origin.variable : `line ${origin.line}`;
}

function rowJson({ name, value, origin, secret }: Row): object {
  const shown = typeof value === "string" ? shownAddress(value) : value;
  const given = secret ? { set: value !== undefined } : { value: shown ?? null };
  return { name, ...given, from: origin };
}

function noteFile({ console }: Call, configuration: Configuration): void {
  const { file, found } = configuration;
  if (file === undefined) console.note("there is no home folder for a configuration; XDG_CONFIG_HOME may name one");
  else console.note(`the configuration is ${showPath(file)}${found ? "" : `, which ${missingText(configuration)}`}`);
}
