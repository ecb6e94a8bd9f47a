import { EngineError } from '../../engine/index.ts'
import type { AnswerWish } from './answer-format.ts'
import { reasoningAt } from './parser.ts'
import type { ReasoningFormat } from './reasoning-formats.ts'

/** A bound on an answer's reasoning. */
export interface ThinkingLimit {
  readonly tokens: number
  /** Texts that begin reasoning; empty: the prompt has begun it. */
  readonly begins: readonly string[]
  /** Texts that end it; it is ended with the first. */
  readonly ends: readonly string[]
}

/**
 * How long an answer to this prompt may reason, and how its tokens tell. Source: vLLM's `thinking_token_budget`.
 *
 * @throws EngineError `unsupported_parameter` when the model is not known to reason, and the wish has a field to name
 */
export function thinkingLimit(
  reasoning: ReasoningFormat | undefined,
  { thinking, begun }: AnswerWish,
  prompt: string,
): ThinkingLimit | undefined {
  if (thinking === undefined) return undefined
  const { tokens, field } = thinking
  if (reasoning === undefined) {
    if (field === undefined) return undefined
    const message = `This model is not known to reason. Leave ${field} out, or set reasoning_parser for the model.`
    throw new EngineError('unsupported_parameter', message, { param: field })
  }
  const state = reasoningAt(reasoning, prompt, begun)
  if (state === 'over') return undefined
  return { tokens, begins: state === 'open' ? reasoning.begin : [], ends: reasoning.end }
}
