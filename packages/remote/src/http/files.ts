import type { Checksum } from "@seamless/checksum";
import { isSeamlessError } from "@seamless/checksum";
import type { DirectoryLayout } from "../directory/types.ts";
import { FORMS, type Form, prefixOf } from "../encoding/forms.ts";
import { type Answer, shortText, unexpectedStatusError } from "../http-client/answers.ts";
import type { BufferQuestion } from "../http-client/body.ts";
import type { Connection } from "../http-client/connection.ts";
import { requestError, type Subject } from "../request-error.ts";
import type { HttpStoreSettings } from "./options.ts";

/** What an answer is about. */
export interface FoundFile {
  readonly question: BufferQuestion;
  readonly form: Form;
  /** Path of the plain form, below the base. */
  readonly plain: string;
}

/** Layout → the path of a buffer, below the base. */
const PATHS: Readonly<Record<DirectoryLayout, (hex: string) => string>> = {
  prefix: (hex) => `/${prefixOf(hex)}/${hex}`,
  flat: (hex) => `/${hex}`,
};

/** File by which Seamless hashservers recognise a folder with prefixes: a digit and an end of line. */
const MARKER = "/.HASHSERVER_PREFIX";

/** Statuses of servers that have no answer to HEAD: method not allowed, not implemented. */
const NO_HEAD: ReadonlySet<number> = new Set([405, 501]);

/** Statuses of what is not there. */
const MISSING: ReadonlySet<number> = new Set([404, 410]);

const NO_SUCH_FILE = Symbol("no such file");
const NO_ANSWER = Symbol("no answer to HEAD");

/** Finds the files of a folder of buffers that a web server shows. */
export class Files {
  readonly #connection: Connection;
  #layouts: Promise<readonly DirectoryLayout[]> | undefined;
  /** Whether the server has refused HEAD: it is asked by GET then, of which the body is let go. */
  #refusesHead = false;

  constructor(connection: Connection, { layout }: HttpStoreSettings) {
    this.#connection = connection;
    if (layout !== undefined) this.#layouts = Promise.resolve([layout]);
  }

  /**
   * Asks for the forms of a buffer, one after the other, and reads the first that is there.
   *
   * @param read - Gets the answer, with status 200. While it has not read or discarded that, it asks for nothing else: the
   *   answer has one of the connections, and those who wait for another would wait for each other.
   * @returns `undefined` if the server says of all that there is no such file.
   * @throws {SeamlessError} `ACCESS_DENIED`, `STORE_FAILED`, `UNSUPPORTED` by the status; what `read` throws.
   */
  async find<T>(
    asked: Omit<BufferQuestion, "path">,
    read: (answer: Answer, file: FoundFile) => Promise<T>,
  ): Promise<T | undefined> {
    const { checksum } = asked.subject;
    const layouts = await this.#detect(asked);
    for (const form of FORMS) {
      for (const layout of layouts) {
        const plain = PATHS[layout](checksum.hex());
        const method = this.#refusesHead ? "GET" : asked.method;
        const question: BufferQuestion = { ...asked, method, path: plain + form.suffix };
        const ask = (question: BufferQuestion) =>
          this.#connection.ask(question, async (answer) => {
            if (answer.status === 200) return read(answer, { question, form, plain });
            answer.discard();
            if (MISSING.has(answer.status)) return NO_SUCH_FILE;
            if (question.method === "HEAD" && NO_HEAD.has(answer.status)) return NO_ANSWER;
            throw statusError(asked.subject, answer.status);
          });
        let found = await ask(question);
        if (found === NO_ANSWER) {
          this.#refusesHead = true;
          found = await ask({ ...question, method: "GET" });
        }
        if (found !== NO_SUCH_FILE) return found as T;
      }
    }
    return undefined;
  }

  /** Which layouts the folder may have, by its marker, which is asked for once. */
  #detect({ subject, signal }: Omit<BufferQuestion, "path">): Promise<readonly DirectoryLayout[]> {
    if (this.#layouts === undefined) {
      const layouts = this.#lookForMarker(subject, signal);
      this.#layouts = layouts;
      layouts.catch(() => {
        this.#layouts = undefined;
      });
    }
    return this.#layouts;
  }

  async #lookForMarker(
    subject: Subject & { readonly checksum: Checksum },
    signal: AbortSignal | undefined,
  ): Promise<readonly DirectoryLayout[]> {
    return this.#connection.ask({ subject, method: "GET", path: MARKER, signal }, async (answer) => {
      // Many servers hide the names that begin with a dot, or have a page for every name: that says nothing.
      const text = answer.status === 200 ? await markerText(subject, answer) : answer.discard();
      return text !== undefined && /^\d?\s*$/.test(text) ? ["prefix"] : ["prefix", "flat"];
    });
  }
}

/** `undefined` for what is too long to be the marker. */
async function markerText(subject: Subject, answer: Answer): Promise<string | undefined> {
  try {
    return await shortText(subject, answer, 64);
  } catch (error) {
    if (isSeamlessError(error, "STORE_FAILED")) return undefined;
    throw error;
  }
}

function statusError(subject: Subject, status: number) {
  if (status !== 403) return unexpectedStatusError(subject, status);
  const hint = "hosts of buckets say so of what is missing, too, unless its names may be listed";
  return requestError("ACCESS_DENIED", subject, `the server does not allow it (status 403); ${hint}`);
}
