/** The greatest score of each owner's pieces: a document is as relevant as its best piece. */
export function bestOfEach(scores: readonly number[], owners: readonly number[]): number[] {
  const best: number[] = []
  for (const [piece, owner] of owners.entries()) best[owner] = Math.max(best[owner] ?? Number.NEGATIVE_INFINITY, scores[piece]!)
  return best
}
