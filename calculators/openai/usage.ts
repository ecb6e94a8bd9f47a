/** How many tokens a request took, as OpenAI reports it. */
export function formatUsage(promptTokens: number, completionTokens: number) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  }
}

/** The tokens of all prompts together; a prompt answered several times counts once. */
export const countTokens = (prompts: readonly (readonly number[])[]): number =>
  prompts.reduce((total, prompt) => total + prompt.length, 0)
