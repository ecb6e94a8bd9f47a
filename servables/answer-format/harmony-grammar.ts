import { choice, type Expression, empty, optional, type Rules, sequence, text } from '../grammar/index.ts'
import type { CallGrammar } from './call-grammar.ts'
import { isAnalysis } from './harmony.ts'
import type { ReasoningFormat } from './reasoning-formats.ts'

/** The header of the message that the prompt has begun; undefined: it has begun none. */
type Header = string | undefined

/** gpt-oss's answer: messages with channels. It ends behind a call, or the answer proper. */
export function harmonyAnswer(
  rules: Rules,
  reasoning: ReasoningFormat | undefined,
  header: Header,
  final: Expression | undefined,
  calls: CallGrammar | undefined,
): Expression {
  const answer = final && sequence(harmonyFinal(header), final)
  const call = calls && harmonyCall(header, calls)
  return sequence(harmonyThoughts(rules, reasoning, header), answer && call ? choice(answer, call) : (answer ?? call!))
}

/** What stands before the answer proper. */
export const harmonyFinal = (header: Header): Expression => (isBegun(header) ? empty : text('<|channel|>final<|message|>'))

export const harmonyCall = (header: Header, calls: CallGrammar): Expression =>
  isBegun(header) ? sequence(text(`<|end|>${nextMessage}`), calls.one) : calls.one

export function harmonyThoughts(rules: Rules, reasoning: ReasoningFormat | undefined, header: Header): Expression {
  if (isBegun(header) || (reasoning === undefined && header === undefined)) return empty
  const thoughts = rules.add('reasoning', { type: 'prose', tags: [], ends: ['<|end|>'], goesOn: false })
  if (header !== undefined) return sequence(thoughts, text(nextMessage))
  return optional(text('<|channel|>analysis<|message|>'), thoughts, text(nextMessage))
}

const nextMessage = '<|start|>assistant'

/** Whether the prompt has begun a message that is no reasoning: then the answer proper goes on with it. */
const isBegun = (header: Header) => header !== undefined && !isAnalysis(header)
