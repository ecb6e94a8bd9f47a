import type { DeltaFacts } from '../packets.ts'

/** How many tokens a request took, as OpenAI reports it. */
export function formatUsage(promptTokens: number, completionTokens: number, cachedTokens: number, reasoningTokens = 0) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  }
}

/** The tokens of all prompts together; a prompt answered several times counts once. */
export const countTokens = (prompts: readonly (readonly number[])[]): number =>
  prompts.reduce((total, prompt) => total + prompt.length, 0)

/** Adds up, as deltas come, how many tokens of all prompts were not computed; of `n` answers to a prompt the first one's count. */
export function countCached(n: number) {
  const found = new Map<number, number>()
  return {
    push({ choice, cachedTokens = 0 }: DeltaFacts): void {
      if (choice % n === 0) found.set(choice, cachedTokens)
    },
    total: (): number => [...found.values()].reduce((total, tokens) => total + tokens, 0),
  }
}
