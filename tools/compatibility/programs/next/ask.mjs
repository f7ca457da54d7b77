// Serves the application that was built in this folder, asks it for its page and its outcome, and prints the outcome.
import { once } from "node:events";
import { createServer } from "node:http";
import next from "next";

const app = next({ dev: false, dir: import.meta.dirname ?? process.cwd() });
await app.prepare();
const server = createServer(app.getRequestHandler()).listen(0, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${server.address().port}`;
const page = await (await fetch(url)).text();
// The checksum of the text "hello", with its final newline.
if (!page.includes("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03")) throw new Error(page);
const outcome = await (await fetch(`${url}/outcome`)).text();
process.stdout.write(`${outcome}\n`, () => process.exit());
