import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'

const maxStopTokens = 64
const maxTokensNamed = 1024
const maxLogprobTokens = 128
const maxBadWords = 128
const maxBadWordLength = 256
/** Logits move by this much at most, as with OpenAI and vLLM. */
const largestBias = 100

const tokenIds = z.array(z.int().min(0))
const unknownIds = 'Refused with ids that the model has no tokens for.'

/** Fields that name tokens of the model's vocabulary. */
export const tokenFields = {
  logit_bias: z
    .record(z.string(), z.number())
    .meta({ description: unknownIds, propertyNames: { pattern: '^[0-9]{1,15}$' } })
    .optional(),
  stop_token_ids: tokenIds.max(maxStopTokens).describe(unknownIds).optional(),
  allowed_token_ids: tokenIds.min(1).max(maxTokensNamed).describe(unknownIds).optional(),
  logprob_token_ids: tokenIds.max(maxLogprobTokens).describe(`Refused without \`logprobs\`. ${unknownIds}`).optional(),
  bad_words: z
    .array(z.string().regex(/\S/, { error: 'must not be empty' }).max(maxBadWordLength))
    .max(maxBadWords)
    .optional(),
}

export type TokenFields = z.infer<z.ZodObject<typeof tokenFields>>

/** The fields as `SamplingParams` has them, once all their ids are known to be the model's. */
export function toTokenParams(fields: TokenFields, vocabularySize: number) {
  const {
    logit_bias = {},
    stop_token_ids: stopTokens,
    allowed_token_ids: allowedTokens,
    bad_words: badWords,
    logprob_token_ids: logprobTokens,
  } = fields
  checkIds('stop_token_ids', (stopTokens ?? []).map(String), vocabularySize)
  checkIds('allowed_token_ids', (allowedTokens ?? []).map(String), vocabularySize)
  checkIds('logprob_token_ids', (logprobTokens ?? []).map(String), vocabularySize)
  checkIds('logit_bias', Object.keys(logit_bias), vocabularySize)
  const logitBias = Object.entries(logit_bias).map(
    ([token, bias]) => [Number(token), Math.max(-largestBias, Math.min(bias, largestBias))] as const,
  )
  const told = logprobTokens?.length ? { logprobTokens: [...new Set(logprobTokens)] } : {}
  return { logitBias, stopTokens, allowedTokens, badWords, ...told }
}

/** Names all wrong ids at once, as far as they are few and short. */
function checkIds(param: string, ids: readonly string[], vocabularySize: number): void {
  const wrong = ids.filter((id) => !/^\d{1,15}$/.test(id) || Number(id) >= vocabularySize)
  if (wrong.length === 0) return
  const shown = wrong.slice(0, 20).map((id) => (id.length > 20 ? `${id.slice(0, 20)}…` : id))
  const more = wrong.length > shown.length ? ` and ${wrong.length - shown.length} more` : ''
  const message = `${param} must have token ids of this model, 0 to ${vocabularySize - 1}; got ${shown.join(', ')}${more}.`
  throw new EngineError('invalid_value', message, { param })
}
