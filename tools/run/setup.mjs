// `npm run setup`: installs what the lock file names, and builds all packages. What a tool of the workspace needs to run.
import { install, run, step } from "./workspace.mjs";

install();
step("Building");
run("turbo", ["run", "build", "--output-logs=errors-only"]);
