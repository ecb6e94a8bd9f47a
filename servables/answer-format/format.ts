import type { AnswerFormat } from './answer-format.ts'
import { answerGrammar } from './answer-grammar.ts'
import { callSyntax } from './call-syntax.ts'
import { checkAnswer } from './check-answer.ts'
import { FormatParser, reasoningSyntax, wrappersOf } from './parser.ts'
import { plainFormat } from './plain.ts'
import { type ReasoningFormat, reasoningFormats } from './reasoning-formats.ts'
import { thinkingLimit } from './thinking-limit.ts'
import { type ToolFormat, toolFormats } from './tool-formats.ts'

/** What the options `tool_parser` and `reasoning_parser` may be, beside the names in the tables: found out, or nothing. */
const choices = ['auto', 'none'] as const

/** Values of the option `tool_parser`. */
export const toolParsers = [...choices, ...toolFormats.flatMap(({ names }) => names)] as const

/** Values of the option `reasoning_parser`. */
export const reasoningParsers = [...choices, ...reasoningFormats.flatMap(({ names }) => names)] as const

/**
 * How a model writes its answers.
 *
 * @param template text of its chat template, in which `auto` looks for what the formats write; '': it has none
 * @param isGuided whether calls are held to their functions' schemas also where no one asks for it
 */
export function answerFormat(template: string, toolParser: string, reasoningParser: string, isGuided = false): AnswerFormat {
  return joinFormats(choose(toolFormats, toolParser, template), choose(reasoningFormats, reasoningParser, template), isGuided)
}

/** The format of models that write calls and reasoning as rows of the tables say. */
export function joinFormats(
  tools: ToolFormat | undefined,
  reasoning: ReasoningFormat | undefined,
  isGuided = false,
): AnswerFormat {
  if (!tools && !reasoning) return plainFormat
  const syntax = {
    calls: tools && callSyntax(tools, reasoning ? wrappersOf(reasoning) : []),
    reasoning: reasoning && reasoningSyntax(reasoning),
  }
  return {
    toolParser: tools?.names[0],
    reasoningParser: reasoning?.names[0],
    markers: [...tokensIn(tools), ...tokensIn(reasoning)],
    parser: (wish, prompt) => new FormatParser(syntax, wish, prompt),
    grammar: (wish, prompt) => answerGrammar({ tools, reasoning, isGuided }, wish, prompt),
    thinking: (wish, prompt) => thinkingLimit(reasoning, wish, prompt),
    check: (wish, answer) => checkAnswer(wish, answer, isGuided),
  }
}

interface Row {
  readonly names: readonly string[]
  readonly evidence: readonly (readonly string[])[]
}

function choose<R extends Row>(table: readonly R[], name: string, template: string): R | undefined {
  if (name !== 'auto') return table.find(({ names }) => names.includes(name))
  return table.find(({ evidence }) => evidence.some((texts) => texts.every((text) => template.includes(text))))
}

/** Whatever in a row looks like a token of its own: `<|call|>`, `[ARGS]`, `<tool_call>`, `｜DSML｜`. */
function tokensIn(row: ToolFormat | ReasoningFormat | undefined): readonly string[] {
  const { evidence: _, names: __, ...texts } = row ?? { evidence: [], names: [] }
  const found = JSON.stringify(texts)
    .replaceAll('\\"', '"')
    .match(/<\|"\|>|<[^<>\s"]+>|\[\/?[A-Z_]+\]|｜\w+｜/g)
  return [...new Set(found)]
}
