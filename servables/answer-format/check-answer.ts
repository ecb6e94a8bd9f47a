import { checkText } from '../grammar/index.ts'
import type { AnswerWish, FinishedAnswer } from './answer-format.ts'
import { argumentsSchema, calledTools, isHeld } from './held-tools.ts'

/**
 * Whether a finished answer is what its request wanted: its calls, if they were held to schemas, else its text.
 *
 * @throws EngineError `invalid_output`
 */
export function checkAnswer(wish: AnswerWish, { content, calls }: FinishedAnswer, isGuided: boolean): void {
  const tools = new Map(calledTools(wish).map((tool) => [tool.name, tool]))
  for (const call of calls) {
    const tool = tools.get(call.name)
    if (tool && isHeld(tool, wish, isGuided)) checkText({ type: 'json_schema', schema: argumentsSchema(tool) }, call.arguments)
  }
  if (wish.text !== undefined && calls.length === 0) checkText(wish.text, content)
}
