import type { SamplingParams } from '../../servables/index.ts'

/**
 * Whether an answer that stops has come to the end of its grammar. Stop strings and tokens of the request may end it before, and so
 * may its wishes for tokens, where they leave none.
 */
export const isHeldToEnd = ({
  grammar,
  stop,
  stopTokens = [],
  logitBias = [],
  badWords = [],
  allowedTokens,
}: SamplingParams): boolean =>
  grammar !== undefined && [stop, stopTokens, logitBias, badWords, allowedTokens ?? []].every(({ length }) => length === 0)
