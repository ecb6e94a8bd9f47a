import type { AnswerFormat } from './answer-format.ts'
import { answerGrammar } from './answer-grammar.ts'
import { checkAnswer } from './check-answer.ts'
import { thinkingLimit } from './thinking-limit.ts'

/** The format of a model that writes nothing but text. */
export const plainFormat: AnswerFormat = {
  toolParser: undefined,
  reasoningParser: undefined,
  markers: [],
  parser: () => ({ push: (text) => (text === '' ? [] : [{ type: 'content', text }]), end: () => [] }),
  grammar: (wish) => answerGrammar({ tools: undefined, reasoning: undefined, isGuided: false }, wish, ''),
  thinking: (wish) => thinkingLimit(undefined, wish, ''),
  check: (wish, answer) => checkAnswer(wish, answer, false),
}
