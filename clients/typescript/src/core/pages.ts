/** One page of a list. */
export interface Page<Item> {
  items: Item[];
  next_after: string | null;
}

/**
 * Every item of a list, page by page as they are needed:
 *
 *     for await (const order of each((after) =>
 *       shop.GET("/api/v1/orders", { params: { query: { limit: 50, after } } }))) …
 */
export async function* each<Item>(
  read: (after: string | undefined) => Promise<{ data: Page<Item> }>,
): AsyncGenerator<Item, void, undefined> {
  let after: string | undefined;
  do {
    const { data }: { data: Page<Item> } = await read(after);
    yield* data.items;
    after = data.next_after ?? undefined;
  } while (after !== undefined);
}
