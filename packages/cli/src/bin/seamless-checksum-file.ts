#!/usr/bin/env node
import { startCommand } from "../program/start.ts";

startCommand("seamless-checksum-file", async () => (await import("../commands/checksum-file.ts")).checksumFile);
