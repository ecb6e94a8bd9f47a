import {
  argumentsExpression,
  characters,
  choice,
  type Expression,
  JsonText,
  optional,
  type Rules,
  repeat,
  schemaExpression,
  sequence,
  text,
} from '../grammar/index.ts'
import type { FunctionTool } from './answer-format.ts'
import { ArgumentSchema } from './argument-schema.ts'
import { argumentsSchema } from './held-tools.ts'
import type { ToolFormat } from './tool-formats.ts'

const digits = repeat(characters([0x30, 0x39]), 1, 3)

/** Calls as a model writes them, of some functions. */
export class CallGrammar {
  readonly #format: ToolFormat
  readonly #parallel: boolean
  readonly #rules: Rules
  /** A call without what begins it. */
  readonly #body: Expression

  /** @param held those of the functions whose arguments are held to their schemas */
  constructor(
    format: ToolFormat,
    tools: readonly FunctionTool[],
    held: readonly FunctionTool[],
    parallel: boolean,
    rules: Rules,
    json: JsonText,
  ) {
    this.#format = format
    this.#parallel = parallel
    this.#rules = rules
    const bodies = tools.map((tool) => {
      const schema = held.includes(tool) ? argumentsSchema(tool) : { type: 'object' }
      return bodyOf(tool, format, argumentsOf(tool, schema, format, rules, json))
    })
    this.#body = rules.add('call', sequence(choice(...bodies), format.harmony ? text('') : text(format.call.end)))
  }

  /** Calls and nothing else. */
  get all(): Expression {
    return sequence(text(this.#begin), this.#behindBegin)
  }

  /** One call, and nothing behind it. */
  get one(): Expression {
    return sequence(text(this.#format.call.begin), this.#body)
  }

  /** Free text, with calls where the model makes some. */
  get withinProse(): Expression {
    const { triggers, bare, section, list } = this.#format
    const hasSection = section.begin !== '' || list
    const inner = this.#rules.add('calls', hasSection ? this.#behindBegin : this.#body)
    const tags = triggers.map(
      (trigger) => [trigger, this.#rules.add('called', sequence(text(this.#restBehind(trigger)), inner))] as const,
    )
    const prose = this.#rules.add('prose', { type: 'prose', tags, ends: [], goesOn: this.#parallel && !hasSection })
    if (!bare) return prose
    // What begins as a call does is one.
    const begins = [...triggers, this.#begin.slice(section.begin.length) || '{'].map((each) => each.codePointAt(0)!)
    const others = [...new Set([...begins, 0x20, 0x0a])].sort((a, b) => a - b)
    const first = characters(...others.map((code, index) => [(others[index - 1] ?? 0) + 1, code - 1] as const), [
      others.at(-1)! + 1,
      0x10ffff,
    ])
    const called = tags.map(([trigger, rule]) => sequence(text(trigger), rule))
    return optional(choice(sequence(text(this.#begin.slice(section.begin.length)), inner), ...called, sequence(first, prose)))
  }

  get #begin(): string {
    const { section, list, call } = this.#format
    return section.begin + (list ? '[' : '') + call.begin
  }

  get #behindBegin(): Expression {
    const { section, list, call, separator } = this.#format
    const more = this.#parallel ? [repeat(sequence(text(separator + call.begin), this.#body))] : []
    return sequence(this.#body, ...more, text((list ? ']' : '') + section.end))
  }

  /** What still comes before a call's function where a model has begun with this text, which may leave something out. */
  #restBehind(trigger: string): string {
    const at = this.#begin.indexOf(trigger)
    return at < 0 ? this.#begin.slice(this.#format.section.begin.length) : this.#begin.slice(at + trigger.length)
  }
}

/** Arguments by a schema, in the syntax of a format. */
function argumentsOf(
  tool: FunctionTool,
  schema: Readonly<Record<string, unknown>>,
  { body }: ToolFormat,
  rules: Rules,
  json: JsonText,
): Expression {
  const syntax = body.type === 'object' ? ({ type: 'json' } as const) : body.arguments
  switch (syntax.type) {
    case 'json':
      return schemaExpression(schema, tool.name, rules, json)
    case 'python': {
      const values = new JsonText(rules, { true: 'True', false: 'False', null: 'None', escapes: '"\\nrt' })
      const begin = (name: string) => `${name}=`
      return argumentsExpression(schema, tool.name, rules, {
        separator: ', ',
        end: '',
        begin,
        isText: () => false,
        values,
        texts: values,
      })
    }
    case 'xml': {
      const { open, value, json: jsonValue = value, close } = syntax
      const described = new ArgumentSchema(tool)
      return argumentsExpression(schema, tool.name, rules, {
        separator: '',
        end: close,
        begin: (name, isText) => `${open}${name}${isText ? value : jsonValue}`,
        isText: (name) => described.isText(name),
        values: json,
        texts: new JsonText(rules, { true: 'true', false: 'false', null: 'null', end: close.trim() }),
      })
    }
    case 'gemma': {
      const values = new JsonText(rules, { true: 'true', false: 'false', null: 'null', end: syntax.quote, isQuoted: true })
      const begin = (name: string) => `${name}:`
      return argumentsExpression(schema, tool.name, rules, {
        separator: ',',
        end: '',
        begin,
        isText: () => false,
        values,
        texts: values,
      })
    }
  }
}

function bodyOf(tool: FunctionTool, { body, ids }: ToolFormat, args: Expression): Expression {
  const name = JSON.stringify(tool.name)
  if (body.type === 'object') {
    const id = body.id === undefined ? [] : [text(`${JSON.stringify(body.id)}: "`), digits, text('", ')]
    const head = text(`${JSON.stringify(body.name)}: ${name}, ${JSON.stringify(body.arguments)}: `)
    return sequence(text('{'), ...id, head, args, text('}'))
  }
  const called = ids === 'kimi' ? [text(`functions.${tool.name}:`), digits] : [text(tool.name)]
  return sequence(...called, text(body.between), args)
}
