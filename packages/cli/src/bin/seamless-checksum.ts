#!/usr/bin/env node
import { start } from "../program/start.ts";

start("seamless-checksum", async () => (await import("../commands/checksum.ts")).checksum);
