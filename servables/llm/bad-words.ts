import type { Tokenizer } from '../tokenizer/index.ts'

/**
 * The token sequences of words that answers must not have: each as it begins a text, and as it stands behind a space where that
 * is spelled with another first token and as many of them. Source: vLLM's `SamplingParams.update_from_tokenizer`.
 */
export async function spellBadWords(
  words: readonly string[],
  tokenizer: Pick<Tokenizer, 'encode'>,
): Promise<readonly (readonly number[])[]> {
  const spellings = await Promise.all(
    words.map(async (word) => {
      const first = await tokenizer.encode(word.trimStart(), { addSpecialTokens: false })
      const later = await tokenizer.encode(` ${word.trimStart()}`, { addSpecialTokens: false })
      return later[0] !== first[0] && later.length === first.length ? [first, later] : [first]
    }),
  )
  return spellings.flat().filter((tokens) => tokens.length > 0)
}
