import { suite } from "./page.ts";

// For other runtimes than Node: runs the suite of the store port against servers of a control, and prints what failed.
console.log(JSON.stringify(await suite(process.argv[2]!)));
