#!/usr/bin/env node
import { startCommand } from "../program/start.ts";

startCommand("seamless-checksum-index", async () => (await import("../commands/checksum-index.ts")).checksumIndex);
