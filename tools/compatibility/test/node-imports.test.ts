import { expect, test } from "vitest";
import { nodeImports } from "../src/node-imports.ts";

test.each([
  ['import{readFile as r}from"node:fs/promises";', 'from"node:fs/promises"'],
  ["import * as fs from 'fs';", "from 'fs'"],
  ['import "fs/promises"', 'import "fs/promises"'],
  ['await import( "crypto" )', 'import( "crypto"'],
  ["const t = require(`node:test`)", "require(`node:test`"],
])("%s imports what only Node has", (code, found) => expect(nodeImports(code)).toEqual([found]));

test.each([
  'import { x } from "./fs.mjs";',
  'import { x } from "fs-extra";',
  'import { Buffer } from "@seamless/core";',
  'throw new Error("cannot read from fs");',
  'const names = { fs: "fs" };',
])("%s does not", (code) => expect(nodeImports(code)).toEqual([]));
