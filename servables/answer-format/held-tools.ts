import type { AnswerWish, FunctionTool } from './answer-format.ts'

/** Whether an answer has to have a call. */
export const isForced = ({ toolChoice, tools }: AnswerWish): boolean =>
  tools.length > 0 && toolChoice !== 'none' && toolChoice !== 'auto'

/** The functions that an answer may call. */
export function calledTools({ tools, toolChoice }: AnswerWish): readonly FunctionTool[] {
  if (toolChoice === 'none') return []
  return typeof toolChoice === 'string' ? tools : tools.filter(({ name }) => name === toolChoice.name)
}

/** Whether calls of a function are held to its schema. */
export const isHeld = ({ strict }: FunctionTool, wish: AnswerWish, isGuided: boolean): boolean =>
  strict === true || isGuided || isForced(wish)

/** What a function's arguments have to be: an object; one that has no description has none. */
export const argumentsSchema = ({ parameters }: FunctionTool): Readonly<Record<string, unknown>> =>
  parameters === undefined ? { type: 'object', properties: {}, additionalProperties: false } : { type: 'object', ...parameters }
