import { type Client, type ClientOptions, client } from "./client.ts";
import { Problem } from "./problem.ts";
import { inMemory, Session, type TokenStore, type Tokens } from "./session.ts";

export interface SignedInOptions extends ClientOptions {
  /** Where tokens are kept. Default: in memory. */
  tokens?: TokenStore;
  /** Called when the refresh token is refused: ask to sign in again. */
  onSignedOut?: () => void;
}

export interface SignedInClient<Paths extends {}> extends Client<Paths> {
  session: Session;
}

/** @internal */
export function signedInClient<Paths extends {}>(
  options: SignedInOptions,
  keyed: ReadonlySet<string>,
  refreshPath: string,
): SignedInClient<Paths> {
  const send = options.fetch ?? ((request: Request) => fetch(request));
  const origin = options.baseUrl ?? globalThis.location?.origin ?? "";
  const refresh = async (token: string): Promise<Tokens | null> => {
    const answer = await send(
      new Request(`${origin.replace(/\/$/, "")}${refreshPath}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ refresh_token: token }),
      }),
    );
    if (answer.status === 401) return null;
    if (!answer.ok) throw Problem.from(answer, await answer.json().catch(() => null));
    return (await answer.json()) as Tokens;
  };
  const session = new Session(options.tokens ?? inMemory(), refresh, options.onSignedOut);
  return { ...client<Paths>(options, keyed, session), session };
}
