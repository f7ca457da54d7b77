import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { onTestFinished } from "vitest";

/**
 * A proxy that cuts each connection after so many bytes, in either direction.
 *
 * @param most - Where it cuts, at the latest, in bytes: half of the connections within the first 3,000, among headers.
 */
export async function startCuttingProxy(target: string, most: number) {
  const { port, hostname } = new URL(target);
  const proxy = { url: "", cuts: 0 };
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    let left = Math.random() * (Math.random() < 0.5 ? 3000 : most);
    const count = (chunk: Buffer) => {
      left -= chunk.byteLength;
      if (left > 0 || near.destroyed) return;
      proxy.cuts++;
      near.destroy();
      far.destroy();
    };
    near.on("data", count).on("error", () => far.destroy());
    far.on("data", count).on("error", () => near.destroy());
    near.pipe(far).pipe(near);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { protocol } = new URL(target);
  proxy.url = `${protocol}//127.0.0.1:${(server.address() as AddressInfo).port}`;
  return proxy;
}
