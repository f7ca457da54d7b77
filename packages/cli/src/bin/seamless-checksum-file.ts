#!/usr/bin/env node
import { start } from "../program/start.ts";

start("seamless-checksum-file", async () => (await import("../commands/checksum-file.ts")).checksumFile);
