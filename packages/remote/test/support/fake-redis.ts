import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** What a server answers to a command, as it goes over the line; `undefined`: nothing, ever. */
export type Answer = (words: readonly string[]) => string | undefined;

/** A server that speaks as Redis does, and says what the test wants. @returns its URL. */
export async function fakeRedis(answer: Answer): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = "";
    socket.on("error", () => {});
    socket.setEncoding("latin1").on("data", (data: string) => {
      text += data;
      for (let command = take(text); command !== undefined; command = take(text)) {
        text = text.slice(command.length);
        const [name = ""] = command.words;
        const reply = HANDSHAKE[name] ?? answer(command.words);
        if (reply !== undefined) socket.write(reply, "latin1");
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `redis://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const HANDSHAKE: Readonly<Record<string, string>> = { HELLO: "-ERR unknown command 'HELLO'\r\n", CLIENT: "+OK\r\n" };

/** The first whole command: `*2\r\n$3\r\nGET\r\n$1\r\na\r\n`. */
function take(text: string): { readonly words: readonly string[]; readonly length: number } | undefined {
  const [head, count] = /^\*(\d+)\r\n/.exec(text) ?? [];
  if (head === undefined) return undefined;
  const words: string[] = [];
  let at = head.length;
  for (let i = 0; i < Number(count); i++) {
    const [line, size] = /^\$(\d+)\r\n/.exec(text.slice(at, at + 20)) ?? [];
    if (line === undefined) return undefined;
    const start = at + line.length;
    if (text.length < start + Number(size) + 2) return undefined;
    words.push(text.slice(start, start + Number(size)));
    at = start + Number(size) + 2;
  }
  return { words, length: at };
}
