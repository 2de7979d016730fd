/** One field of a request that does not match the contract. */
export interface InvalidField {
  /** A JSON pointer: `/body/lines/0/quantity`. */
  pointer: string;
  /** Stable name of the rule that was broken. */
  code: string;
  message: string;
}

/**
 * A refusal of the service (RFC 9457): thrown for every answer of 4xx and 5xx.
 *
 * `slug` never changes, `title` and `detail` are for people, in the language asked for.
 */
export class Problem<Slug extends string = string> extends Error {
  override readonly name = "Problem";
  readonly slug: Slug;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** Name it when you ask the shop's people. */
  readonly requestId: string;
  readonly errors: readonly InvalidField[];
  /** What else a refusal of this slug says, such as the amount that is missing. */
  readonly members: Readonly<Record<string, unknown>>;
  /** How long to wait before asking again, where the service says so. */
  readonly retryAfterSeconds: number | undefined;
  readonly response: Response;

  constructor(response: Response, body: Record<string, unknown>) {
    const { type, title, status, detail, instance, request_id, errors, ...members } = body;
    const told = typeof title === "string" ? title : `HTTP ${response.status}`;
    super(typeof detail === "string" && detail !== "" ? `${told}: ${detail}` : told);
    // A proxy in between may answer without a problem: its slug is the status.
    const slug = typeof type === "string" ? type.replace(/^.*\/problems\//, "") : "";
    this.slug = (slug || `http-${response.status}`) as Slug;
    this.status = response.status;
    this.title = told;
    this.detail = typeof detail === "string" ? detail : "";
    this.requestId =
      typeof request_id === "string" ? request_id : (response.headers.get("x-request-id") ?? "");
    this.errors = Array.isArray(errors) ? (errors as InvalidField[]) : [];
    this.members = members;
    this.retryAfterSeconds = retryAfterSeconds(response);
    this.response = response;
  }

  /** The refusal of an answer whose body has been read; a proxy's may be of any kind. */
  static from(response: Response, body: unknown): Problem {
    return new Problem(response, typeof body === "object" && body !== null ? { ...body } : {});
  }
}

/** Whether `error` is a refusal, of one of `slugs` where any is named. */
export function isProblem<Slug extends string>(
  error: unknown,
  ...slugs: Slug[]
): error is Problem<Slug> {
  return error instanceof Problem && (slugs.length === 0 || slugs.includes(error.slug as Slug));
}

/** The seconds of `Retry-After`; undefined without one. */
export function retryAfterSeconds(response: Response): number | undefined {
  const said = response.headers.get("retry-after");
  if (said === null) return undefined;
  const seconds = /^\d+$/.test(said) ? Number(said) : (Date.parse(said) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
