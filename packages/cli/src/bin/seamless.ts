#!/usr/bin/env node
import { startChosen } from "../start.ts";

startChosen("seamless", async (args) => (await import("../subcommands.ts")).chooseCommand(args));
