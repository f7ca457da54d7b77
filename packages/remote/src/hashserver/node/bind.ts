import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type ErrorCode, SeamlessError } from "@seamless/checksum";

/** Code of the system, or of Node → code of ours, and what to say. */
const FAULTS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  EADDRINUSE: ["IO_ERROR", "something else listens there already"],
  EADDRNOTAVAIL: ["IO_ERROR", "this machine has no such address"],
  EACCES: ["PERMISSION_DENIED", "that is not allowed (ports below 1,024 belong to the system)"],
  ENOTFOUND: ["IO_ERROR", "there is no such name"],
  ERR_SERVER_ALREADY_LISTEN: ["INVALID_STATE", "the server listens already"],
};

/** Let a server listen; rejects with one of our errors if it cannot. */
export async function bind(server: Server, host: string, port: number): Promise<AddressInfo> {
  let fail = (_: Error) => {};
  try {
    await new Promise<void>((resolve, reject) => {
      fail = reject;
      server.once("error", fail);
      server.listen(port, host, resolve);
    });
    return server.address() as AddressInfo;
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    const [code, fault] = FAULTS[cause.code ?? ""] ?? ["IO_ERROR", String(cause.code)];
    throw new SeamlessError(code, `cannot listen on ${host}, port ${port}: ${fault}`, { cause });
  } finally {
    server.off("error", fail);
  }
}
