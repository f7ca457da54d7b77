// By `require`, which reads ES modules too: `main.cjs FOLDER [without-python]`.
const { runFeatures } = require("./features.mjs");

const [folder, without] = process.argv.slice(2);
runFeatures(async (name) => require(name), { folder, python: without === undefined }).then(() =>
  console.log("all features work"),
);
