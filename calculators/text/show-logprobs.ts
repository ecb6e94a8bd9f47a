import type { Tokenizer, TokenLogprobs } from '../../servables/index.ts'
import type { LikelyTokenValue, TokenLogprobsValue } from '../packets.ts'

const lossy = new TextDecoder('utf-8', { ignoreBOM: true })

/** A model's logprobs with the texts and bytes of their tokens. */
export function showLogprobs({ token, logprob, rank, top }: TokenLogprobs, tokenizer: Tokenizer): TokenLogprobsValue {
  return { ...showToken(token, logprob, tokenizer), rank, top: top.map(([id, logprob]) => showToken(id, logprob, tokenizer)) }
}

function showToken(id: number, logprob: number, tokenizer: Tokenizer): LikelyTokenValue {
  const bytes = tokenizer.bytesOf(id)
  return { id, text: lossy.decode(bytes), bytes, logprob }
}
