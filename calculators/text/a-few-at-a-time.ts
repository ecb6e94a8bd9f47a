/** How many of one request's texts are with the tokenizer's threads at once. */
const few = 16

/** Maps a few at a time, so that a request of thousands of texts leaves threads to the others' single ones. Results are in order. */
export async function aFewAtATime<Item, Result>(
  items: readonly Item[],
  map: (item: Item) => Promise<Result> | Result,
): Promise<Result[]> {
  const results: Result[] = []
  for (let from = 0; from < items.length; from += few) {
    results.push(...(await Promise.all(items.slice(from, from + few).map(map))))
  }
  return results
}
