import { EngineError } from '../../engine/index.ts'
import {
  characters,
  checkGrammar,
  choice,
  type Expression,
  empty,
  type GrammarSpec,
  isPart,
  JsonText,
  optional,
  Rules,
  repeat,
  sequence,
  specExpression,
  text,
} from '../grammar/index.ts'
import type { AnswerWish, FunctionTool } from './answer-format.ts'
import { CallGrammar } from './call-grammar.ts'
import { begunHeader } from './harmony.ts'
import { harmonyAnswer, harmonyCall, harmonyFinal, harmonyThoughts } from './harmony-grammar.ts'
import { argumentsSchema, calledTools, isForced, isHeld } from './held-tools.ts'
import { reasoningAt } from './parser.ts'
import type { ReasoningFormat } from './reasoning-formats.ts'
import type { ToolFormat } from './tool-formats.ts'

/** How a model writes, and whether all its calls are held to schemas. */
export interface Writing {
  readonly tools: ToolFormat | undefined
  readonly reasoning: ReasoningFormat | undefined
  readonly isGuided: boolean
}

/**
 * One grammar for a whole answer: reasoning, if the model reasons; then what the request wants, calls or text of some form. Where
 * the model may call as it likes and no form is asked for, text is free, and calls of some functions are held to their schemas.
 *
 * @returns undefined when the answer is free
 * @throws EngineError naming the field that asks for what the model has no way to write
 */
export function answerGrammar(writing: Writing, wish: AnswerWish, prompt: string): GrammarSpec | undefined {
  const { tools: format, reasoning, isGuided } = writing
  const called = format || isForced(wish) ? calledTools(wish) : []
  const asked = called.filter((tool) => isHeld(tool, wish, isGuided))
  // What is no JSON cannot be free: its end would not be known.
  const held = asked.length > 0 && format && !writesJson(format) ? called : asked
  const field = wish.textField ?? 'response_format'
  if (wish.text !== undefined) checkGrammar(wish.text, field)
  for (const tool of held) checkArguments(tool, wish)
  if (wish.text === undefined && held.length === 0) return undefined
  if (called.length === 0 && reasoning === undefined) return wish.text
  if (called.length > 0 && format === undefined) throw noWayToCall(wish)

  const wanted = isForced(wish) ? undefined : wish.text
  if (wanted && !isPart(wanted)) return withOwnGrammar(writing, wish, prompt, wanted, called, held)
  const rules = new Rules()
  const root = rules.newName('root')
  const json = new JsonText(rules)
  const form = wanted && (() => specExpression(wanted, field, rules, json))
  const calls =
    format && called.length > 0 ? new CallGrammar(format, called, held, wish.parallelToolCalls, rules, json) : undefined
  if (reasoning?.harmony || format?.harmony) {
    const header = begunHeader(prompt, wish.begun)
    rules.define(root, harmonyAnswer(rules, reasoning, header, isForced(wish) ? undefined : (form?.() ?? anyText), calls))
  } else {
    const thoughts = reasoning === undefined ? [] : [reasoningBefore(reasoning, rules, prompt, wish.begun)]
    rules.define(
      root,
      sequence(...thoughts, isForced(wish) ? calls!.all : calls ? callsOr(calls, form, reasoning) : framed(form!(), reasoning)),
    )
  }
  return { type: 'ebnf', text: rules.toString() }
}

/** The same where the text has a grammar of its own, which stands beside ours and not within. */
function withOwnGrammar(
  { tools: format, reasoning }: Writing,
  wish: AnswerWish,
  prompt: string,
  text: GrammarSpec,
  called: readonly FunctionTool[],
  held: readonly FunctionTool[],
): GrammarSpec {
  if (called.length > 0 && isTagsAmongText(text)) throw noCallsBeside(wish)
  const ebnf = (write: (rules: Rules) => Expression): GrammarSpec => {
    const rules = new Rules()
    rules.define(rules.newName('root'), write(rules))
    return { type: 'ebnf', text: rules.toString() }
  }
  const isHarmony = reasoning?.harmony || format?.harmony
  const header = begunHeader(prompt, wish.begun)
  const before = (rules: Rules) =>
    isHarmony
      ? harmonyThoughts(rules, reasoning, header)
      : reasoning
        ? reasoningBefore(reasoning, rules, prompt, wish.begun)
        : empty
  const { begin, end } = frameOf(reasoning)
  const frame = (mark: Expression) => (mark === empty ? [] : [ebnf(() => mark)])
  // Nothing stands behind tags among free text: the compiler would refuse it.
  const answer: GrammarSpec = { type: 'sequence', of: [...frame(isHarmony ? harmonyFinal(header) : begin), text, ...frame(end)] }
  const calls = (rules: Rules) => {
    const calls = new CallGrammar(format!, called, held, wish.parallelToolCalls, rules, new JsonText(rules))
    return isHarmony ? harmonyCall(header, calls) : calls.all
  }
  const body: GrammarSpec = called.length > 0 ? { type: 'alternatives', of: [answer, ebnf(calls)] } : answer
  return { type: 'sequence', of: [ebnf(before), body] }
}

const writesJson = ({ body }: ToolFormat) => body.type === 'object' || body.arguments.type === 'json'

/** Any text without the end of all. */
const anyText = repeat(characters([1, 0x10ffff]))
const gap = repeat(characters([0x0a, 0x0a], [0x20, 0x20]), 0, 2)

function callsOr(calls: CallGrammar, form: (() => Expression) | undefined, reasoning: ReasoningFormat | undefined): Expression {
  return form === undefined ? calls.withinProse : choice(framed(form(), reasoning), calls.all)
}

/** Text between what some models write around their answer proper. */
function framed(form: Expression, reasoning: ReasoningFormat | undefined): Expression {
  const { begin, end } = frameOf(reasoning)
  return sequence(begin, form, end)
}

function frameOf(reasoning: ReasoningFormat | undefined): { readonly begin: Expression; readonly end: Expression } {
  const { begin = '', end = '' } = reasoning?.answer ?? {}
  const mayBe = (mark: string) => (mark === '' ? empty : optional(text(mark)))
  return { begin: mayBe(begin), end: mayBe(end) }
}

/** Reasoning that the prompt has begun, or that the model may begin; not where the prompt has ended it. */
function reasoningBefore(reasoning: ReasoningFormat, rules: Rules, prompt: string, begun: string | undefined): Expression {
  const state = reasoningAt(reasoning, prompt, begun)
  if (state === 'over') return text('')
  const thoughts = rules.add('reasoning', { type: 'prose', tags: [], ends: reasoning.end, goesOn: false })
  if (state !== 'open') return sequence(thoughts, gap)
  return optional(choice(...reasoning.begin.map((begin) => text(begin))), thoughts, gap)
}

/** @throws EngineError naming the keyword that cannot be enforced */
function checkArguments(tool: FunctionTool, wish: AnswerWish): void {
  const at = tool.field ?? `tools[${wish.tools.indexOf(tool)}].function.parameters`
  const schema = argumentsSchema(tool)
  checkGrammar({ type: 'json_schema', schema }, at)
  if (schema.type === 'object') return
  throw new EngineError('invalid_value', `${at}.type must be "object", as arguments have names.`, { param: `${at}.type` })
}

/** Such a text may be any text, a call too; the compiler takes none beside it. */
const isTagsAmongText = (text: GrammarSpec) =>
  text.type === 'structural_tag' && ['triggered_tags', 'any_text'].includes(String(text.tag.type))

function noCallsBeside({ textField: param = 'response_format' }: AnswerWish): EngineError {
  const message = `${param} has structural tags among free text, which do not combine with tools. Leave the tools out, or set tool_choice to "none".`
  return new EngineError('unsupported_parameter', message, { param })
}

function noWayToCall({ text: form }: AnswerWish): EngineError {
  const remedy =
    form === undefined
      ? 'Set tool_parser for the model, or leave tool_choice out'
      : 'Leave the tools out, or set tool_parser for the model'
  return new EngineError('unsupported_parameter', `This model is not known to call functions. ${remedy}.`, {
    param: 'tool_choice',
  })
}
