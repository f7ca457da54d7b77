import { type ErrorCode, isSeamlessError, type SeamlessError } from "@seamless/checksum";
import { NETWORK_FAULTS } from "../network-faults.ts";
import { requestError, type Subject } from "../request-error.ts";

/** What has failed. */
interface Fault {
  readonly code: ErrorCode;
  readonly why: string;
  /** Whether another attempt may succeed. */
  readonly again: boolean;
}

const failed = (why: string, again = false): Fault => ({ code: "STORE_FAILED", why, again });
const denied = (why: string): Fault => ({ code: "ACCESS_DENIED", why, again: false });

/** First word of an error that a server answers → what it means. */
const REPLIES: Readonly<Record<string, Fault>> = {
  NOAUTH: denied("the server requires a password"),
  WRONGPASS: denied("the user or the password is wrong"),
  NOPERM: denied("the user is not allowed to do that"),
  DENIED: denied("the server takes no connections from other machines (protected mode)"),
  READONLY: { code: "READ_ONLY", why: "the server is a replica, which takes nothing", again: false },
  OOM: { code: "DISK_FULL", why: "the memory of the server is full (maxmemory)", again: false },
  MISCONF: failed("the server takes nothing while it cannot save its data"),
  WRONGTYPE: failed("something else lies there by that name"),
  NOSCRIPT: failed("the server runs no scripts"),
  CROSSSLOT: { code: "UNSUPPORTED", why: "the server is a node of a cluster, the client is for one", again: false },
  MOVED: { code: "UNSUPPORTED", why: "the server is a node of a cluster, the client is for one", again: false },
  LOADING: failed("the server is reading its data", true),
  BUSY: failed("the server is busy with a script", true),
  TRYAGAIN: failed("the cluster is moving its keys", true),
  ASK: failed("the cluster is moving its keys", true),
  CLUSTERDOWN: failed("the cluster is incomplete", true),
  MASTERDOWN: failed("the replica has lost its primary server", true),
  NOREPLICAS: failed("the server has too few replicas to take anything", true),
};

/** Class of an error of the client → what has happened to the connection. */
const CONNECTIONS: Readonly<Record<string, string>> = {
  ClientClosedError: "the connection was closed",
  ClientOfflineError: "there is no connection",
  ConnectionTimeoutError: "no connection in time",
  DisconnectsClientError: "the connection was closed",
  MaxCommandRedirectionsError: "the nodes of the cluster refer to one another",
  RootNodesUnavailableError: "no node of the cluster can be reached",
  SocketClosedUnexpectedlyError: "the connection was closed by the server",
  SocketTimeoutError: "the connection does not get on",
  TimeoutError: "the connection does not get on",
};

/** The server did not do what it was asked in time, or the connection was closed by ourselves. */
export class ConnectionFailure extends Error {
  readonly again: boolean;

  constructor(message: string, again: boolean) {
    super(message);
    this.again = again;
  }
}

/** What the client says of bytes that are no reply. */
const NO_REDIS = /^Unknown RESP type/;

/** What an error means that a client has thrown; `undefined` for one that has nothing to do with the server. */
function faultOf(error: unknown): Fault | undefined {
  if (error instanceof ConnectionFailure) return failed(error.message, error.again);
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === "string") {
    const known = NETWORK_FAULTS[code];
    return known === undefined ? failed(`the connection failed (${code})`) : failed(known, true);
  }
  if (NO_REDIS.test(error.message)) return failed("what answers there is no Redis server");
  const known = CONNECTIONS[error.constructor.name];
  if (known !== undefined) return failed(known, true);
  const [word] = /^[A-Z]{2,}(?= )/.exec(error.message) ?? [];
  if (word === undefined) return undefined;
  const told = REPLIES[word];
  if (told !== undefined) return told;
  if (/\bAUTH\b|password/.test(error.message)) return denied("the user or the password is wrong");
  return failed(`the server answers ${word}, which it should not`);
}

/** Whether the connection is of no use any more. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof ConnectionFailure) return true;
  if (!(error instanceof Error)) return false;
  return "code" in error || error.constructor.name in CONNECTIONS;
}

/** Whether another attempt may succeed. */
export function mayPass(error: unknown): boolean {
  return faultOf(error)?.again ?? false;
}

/** The first word of the error that a server answers, such as `WRONGTYPE`. */
export function isReply(error: unknown, word: string): boolean {
  return error instanceof Error && error.message.startsWith(`${word} `);
}

/** What was thrown while the server was asked, as one of ours; unchanged if it has nothing to do with it. */
export function asRequestError(subject: Subject, error: unknown): SeamlessError | unknown {
  if (isSeamlessError(error)) return error;
  const fault = faultOf(error);
  return fault === undefined ? error : requestError(fault.code, subject, fault.why, error);
}
