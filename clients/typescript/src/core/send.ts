import { Problem, retryAfterSeconds } from "./problem.ts";
import type { Session } from "./session.ts";

/** How often and how long a request is sent again that may be. */
export interface RetryOptions {
  /** Times a request is sent at most. Default 4. */
  attempts?: number;
  /** A longer `Retry-After` is left to the caller. Default 10. */
  maxWaitSeconds?: number;
  /** The first wait when nothing says how long; it doubles. Default 0.2. */
  firstWaitSeconds?: number;
}

export const KEY_HEADER = "idempotency-key";
const BEARER = "Bearer ";

/** A new Idempotency-Key; keep it with what you are about to do when you must survive a reload. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Sends a request, with fresh tokens after a 401, and again where that is safe: reads, and writes
 * with an Idempotency-Key, whose work is done once however often they arrive.
 */
export class Sender {
  readonly #fetch: (request: Request) => Promise<Response>;
  readonly #session: Session | null;
  readonly #retry: Required<RetryOptions>;

  constructor(
    send: (request: Request) => Promise<Response>,
    session: Session | null,
    retry: RetryOptions = {},
  ) {
    this.#fetch = send;
    this.#session = session;
    this.#retry = { attempts: 4, maxWaitSeconds: 10, firstWaitSeconds: 0.2, ...retry };
  }

  send = async (request: Request): Promise<Response> => {
    const token = this.#session?.tokens?.access_token;
    if (token === undefined || request.headers.has("authorization")) return this.#again(request);
    const answer = await this.#again(signed(request, token));
    if (answer.status !== 401 || (await isWrongPassword(answer))) return answer;
    const renewed = await this.#session?.renew(token);
    return renewed ? this.#again(signed(request, renewed)) : answer;
  };

  async #again(request: Request): Promise<Response> {
    const isSafe = request.method === "GET" || request.headers.has(KEY_HEADER);
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= this.#retry.attempts;
      try {
        const answer = await this.#fetch(request.clone());
        const wait = isLast ? undefined : this.#wait(answer, isSafe, attempt);
        if (wait === undefined) return answer;
        await pause(wait, request.signal);
      } catch (error) {
        if (!isSafe || isLast || request.signal.aborted) throw error;
        await pause(this.#ownWait(attempt), request.signal);
      }
    }
  }

  /** Seconds until the request is sent again; undefined when the answer is final. */
  #wait(answer: Response, isSafe: boolean, attempt: number): number | undefined {
    const asked = retryAfterSeconds(answer);
    // Nothing was done for a 429; a 503 may have been done, its answer lost.
    const isAgain =
      (answer.status === 429 && asked !== undefined) ||
      (isSafe && (answer.status === 503 || answer.status === 502 || answer.status === 504));
    if (!isAgain) return undefined;
    const wait = asked ?? this.#ownWait(attempt);
    return wait <= this.#retry.maxWaitSeconds ? wait : undefined;
  }

  #ownWait(attempt: number): number {
    const longest = this.#retry.firstWaitSeconds * 2 ** (attempt - 1);
    return longest * (0.5 + Math.random() / 2);
  }
}

/** Another token would not make the password right, and each try counts. */
async function isWrongPassword(answer: Response): Promise<boolean> {
  const body: unknown = await answer.clone().json().catch(() => null);
  return Problem.from(answer, body).slug === "login-refused";
}

function signed(request: Request, token: string): Request {
  const headers = new Headers(request.headers);
  headers.set("authorization", BEARER + token);
  return new Request(request.clone(), { headers });
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    signal.addEventListener("abort", stop, { once: true });
  });
}
