#!/usr/bin/env node
import { startProgram } from "../program/start.ts";

startProgram("seamless", async (args) => (await import("../program/choose.ts")).chooseCommand(args));
