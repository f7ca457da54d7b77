#!/usr/bin/env node
import { start } from "../program/start.ts";

start("seamless-checksum-index", async () => (await import("../commands/checksum-index.ts")).checksumIndex);
