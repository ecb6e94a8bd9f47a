import type { LikelyTokenValue, TokenLogprobsValue } from '../packets.ts'

/** What OpenAI says of a token that is out of the question; JSON has no −∞. */
const unlikely = -9999

const logprobOf = ({ logprob }: LikelyTokenValue) => Math.max(logprob, unlikely)

/** `logprobs` of a choice of chat/completions. Source: OpenAI's API reference. */
export function formatChatLogprobs(tokens: readonly TokenLogprobsValue[] | undefined, showIds = false) {
  return tokens === undefined ? null : { content: tokens.map((token) => chatLogprob(token, showIds)), refusal: null }
}

/** A token and the likeliest in its place, as chat and responses tell them. */
export function chatLogprob(token: TokenLogprobsValue, showIds = false) {
  const format = (token: LikelyTokenValue) => ({
    token: showIds ? showId(token) : token.text,
    logprob: logprobOf(token),
    bytes: [...token.bytes],
  })
  return { ...format(token), top_logprobs: token.top.map(format) }
}

/** vLLM's `return_tokens_as_token_ids`, for texts that do not tell their tokens apart. */
const showId = ({ id }: Pick<LikelyTokenValue, 'id'>) => `token_id:${id}`

/** A token of a completion; the first of a prompt has no logprobs, as nothing stands before it. */
export type CompletionToken = TokenLogprobsValue | Pick<LikelyTokenValue, 'id' | 'text' | 'bytes'>

/**
 * `logprobs` of one choice of completions, by parts as they come: `text_offset` counts characters from the first part on. A
 * token inside a character has that character's offset. Source: OpenAI's API reference, and vLLM for the likeliest tokens: the
 * token itself is always among them.
 */
export function completionLogprobs(showIds = false): (tokens: readonly CompletionToken[]) => object {
  let characters = 0
  const name = showIds ? showId : ({ text }: Pick<LikelyTokenValue, 'id' | 'text'>) => text
  return (tokens) => ({
    tokens: tokens.map(name),
    token_logprobs: tokens.map((token) => ('rank' in token ? logprobOf(token) : null)),
    top_logprobs: tokens.map((token) => ('rank' in token ? topLogprobs(token, name) : null)),
    text_offset: tokens.map(({ bytes }) => {
      const offset = bytes.length > 0 && continues(bytes[0]!) ? Math.max(0, characters - 1) : characters
      for (const byte of bytes) if (!continues(byte)) characters++
      return offset
    }),
  })
}

/** Whether a byte of UTF-8 is not the first of its character. */
const continues = (byte: number) => (byte & 0xc0) === 0x80

/** By text; of tokens that look alike the likeliest counts. */
function topLogprobs(token: TokenLogprobsValue, name: (token: LikelyTokenValue) => string): Record<string, number> {
  const byText = new Map<string, number>()
  for (const each of [...token.top, token]) if (!byText.has(name(each))) byText.set(name(each), logprobOf(each))
  return Object.fromEntries(byText)
}

/** vLLM's `prompt_logprobs`: null for the first token, then by id the token itself and the likeliest, with their ranks. */
export function formatPromptLogprobs(tokens: readonly TokenLogprobsValue[]) {
  const entry = (token: LikelyTokenValue, rank: number) =>
    [token.id, { logprob: logprobOf(token), rank, decoded_token: token.text }] as const
  return [
    null,
    ...tokens.map((token) =>
      Object.fromEntries([...token.top.map((each, index) => entry(each, index + 1)), entry(token, token.rank)]),
    ),
  ]
}
