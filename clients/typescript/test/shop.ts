/** The demo shop the tests run against, and connections to it that a test can look into. */
export const shopUrl = process.env["STOA_URL"] ?? "http://127.0.0.1:8000";

export type Send = (request: Request) => Promise<Response>;

/** Carries every request and loses the answers to the first `count` of them. */
export function lossy(count: number): Send {
  let left = count;
  return async (request) => {
    const answer = await fetch(request);
    if (left-- > 0) {
      await answer.arrayBuffer();
      throw new TypeError("the answer was lost");
    }
    return answer;
  };
}

/** Keeps the path of every request. */
export function counting(): { send: Send; sent: string[] } {
  const sent: string[] = [];
  return {
    sent,
    send: (request) => {
      sent.push(new URL(request.url).pathname);
      return fetch(request);
    },
  };
}
