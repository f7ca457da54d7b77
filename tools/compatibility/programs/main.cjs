// By `require`, which reads ES modules too: `main.cjs FOLDER`.
const { runFeatures } = require("./features.mjs");

const [folder] = process.argv.slice(2);
runFeatures(async (name) => require(name), { folder }).then(() => console.log("all features work"));
