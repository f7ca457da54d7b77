import { describe } from "vitest";
import { directorySuite } from "./support/directory-suite.ts";

describe.each(["prefix", "flat"] as const)("directory store, %s", directorySuite);
