#!/usr/bin/env node
import { startChosen } from "../program/start.ts";

startChosen("seamless", async (args) => (await import("../program/subcommands.ts")).chooseCommand(args));
