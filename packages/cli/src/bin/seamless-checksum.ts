#!/usr/bin/env node
import { startCommand } from "../program/start.ts";

startCommand("seamless-checksum", async () => (await import("../commands/checksum.ts")).checksum);
