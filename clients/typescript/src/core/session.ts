/** What signing in, registering, opening a guest's cart and refreshing answer with. */
export interface Tokens {
  access_token: string;
  refresh_token: string;
}

/** Where tokens live between visits. The default keeps them in memory. */
export interface TokenStore {
  read(): Tokens | null;
  write(tokens: Tokens | null): void;
}

export function inMemory(): TokenStore {
  let kept: Tokens | null = null;
  return {
    read: () => kept,
    write: (tokens) => {
      kept = tokens;
    },
  };
}

/** Tokens under `key` of a browser's storage, shared by its tabs. */
export function inStorage(storage: Storage, key = "stoa.tokens"): TokenStore {
  return {
    read() {
      const text = storage.getItem(key);
      return text === null ? null : (JSON.parse(text) as Tokens);
    },
    write(tokens) {
      if (tokens === null) storage.removeItem(key);
      else storage.setItem(key, JSON.stringify(tokens));
    },
  };
}

/** Asks for the successor of a refresh token; null when it is refused. */
export type Refresh = (refreshToken: string) => Promise<Tokens | null>;

/** The tokens of whoever is signed in, replaced when the access token has run out. */
export class Session {
  readonly #store: TokenStore;
  readonly #refresh: Refresh;
  readonly #onSignedOut: (() => void) | undefined;
  #running: Promise<string | null> | null = null;

  constructor(store: TokenStore, refresh: Refresh, onSignedOut?: () => void) {
    this.#store = store;
    this.#refresh = refresh;
    this.#onSignedOut = onSignedOut;
  }

  get tokens(): Tokens | null {
    return this.#store.read();
  }

  /** Keep the tokens an endpoint answered with; null forgets them. */
  use(tokens: Tokens | null): void {
    this.#store.write(
      tokens && { access_token: tokens.access_token, refresh_token: tokens.refresh_token },
    );
  }

  /**
   * An access token to try instead of `refused`, or null when there is none.
   *
   * A refresh token is good for one use: callers at the same time share one refresh, and what
   * another tab has fetched meanwhile is taken instead.
   */
  renew(refused: string): Promise<string | null> {
    this.#running ??= this.#renew(refused).finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #renew(refused: string): Promise<string | null> {
    const known = this.#store.read();
    if (known === null) return null;
    if (known.access_token !== refused) return known.access_token;
    const next = await this.#refresh(known.refresh_token);
    if (next === null) {
      this.use(null);
      this.#onSignedOut?.();
      return null;
    }
    this.use(next);
    return next.access_token;
  }
}
