/** How long an answer may reason, and how that shows in its text. Source: vLLM's `thinking_token_budget`. */
export interface ThinkingBudget {
  readonly tokens: number
  /** What begins reasoning; empty: the prompt has begun it. */
  readonly begins: readonly Mark[]
  /** What ends it; the first is how it is ended. Not empty. */
  readonly ends: readonly Mark[]
  /** What each token spells. Absent: marks are looked for token by token. */
  readonly textOf?: ((token: number) => string) | undefined
}

/** A text around reasoning. A model may write it with other tokens than these, where it has none of its own: `.</` for `</`. */
export interface Mark {
  /** In UTF-8, each byte a character. */
  readonly text: string
  /** Not empty. */
  readonly tokens: readonly number[]
}

/** The token that has to come next, where reasoning has taken its budget; undefined: any. */
export function endOfThinking(budget: ThinkingBudget, tokens: readonly number[], promptLength: number): number | undefined {
  if (tokens.length - promptLength < budget.tokens) return undefined
  const begun = budget.begins.length === 0 ? promptLength : firstBehind(budget.begins, tokens, promptLength, budget)
  if (begun === undefined) return undefined
  const next = budget.ends[0]!.tokens[tokens.length - begun - budget.tokens]
  return next === undefined || firstBehind(budget.ends, tokens, begun, budget) !== undefined ? undefined : next
}

/** Where the first of these texts is whole in the tokens from `from` on: behind the token that ends it. */
function firstBehind(
  marks: readonly Mark[],
  tokens: readonly number[],
  from: number,
  { textOf }: ThinkingBudget,
): number | undefined {
  const spell = textOf ?? ((token: number) => ` ${token} `)
  const texts = marks.map((mark) => (textOf ? mark.text : mark.tokens.map(spell).join('')))
  const longest = Math.max(...texts.map(({ length }) => length))
  let text = ''
  for (let at = from; at < tokens.length; at++) {
    text = text.slice(Math.max(0, text.length - longest)) + spell(tokens[at]!)
    if (texts.some((each) => text.includes(each))) return at + 1
  }
  return undefined
}
