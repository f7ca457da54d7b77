// As an ES module: `main.mjs FOLDER [without-python]`.
import { runFeatures } from "./features.mjs";

const [folder, without] = process.argv.slice(2);
await runFeatures((name) => import(name), { folder, python: without === undefined });
console.log("all features work");
