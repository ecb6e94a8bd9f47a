import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'
import type { GrammarSpec } from '../../servables/index.ts'

/** A JSON Schema: whether it is one, and can be enforced, is found out later. */
const schema = z.record(z.string(), z.unknown())
const textOrObject = z.union([z.string(), schema], { error: 'must be an object, or a string of JSON' })

/** xgrammar's structural tags, which OVMS takes in place of a `response_format`. */
const tagTypes = [
  'tag',
  'triggered_tags',
  'tags_with_separator',
  'sequence',
  'or',
  'const_string',
  'any_text',
  'regex',
  'grammar',
] as const

const responseFormat = z
  .looseObject({
    type: z.enum(['text', 'json_object', 'json_schema', 'structural_tag', ...tagTypes]),
    json_schema: z.looseObject({ name: z.string().nullish(), schema: schema.nullish(), strict: z.boolean().nullish() }).nullish(),
    schema: schema.nullish(),
    format: schema.nullish(),
    structures: z
      .array(z.looseObject({ begin: z.string(), schema: schema.nullish(), end: z.string() }))
      .min(1)
      .max(128)
      .nullish(),
    triggers: z.array(z.string().min(1)).min(1).max(128).nullish(),
  })
  .superRefine(({ type, json_schema, format, structures, triggers }, context) => {
    const missing = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message, input: undefined })
    if (type === 'json_schema' && !json_schema) missing('json_schema', 'must be an object with a "schema"')
    if (type === 'structural_tag' && !format && !structures) missing('format', 'must be a structural tag')
    if (type === 'structural_tag' && structures && !triggers) missing('triggers', 'must be texts at which the structures begin')
  })

const structuredOutputs = z.looseObject({
  json: textOrObject.nullish(),
  regex: z.string().nullish(),
  choice: z.array(z.string()).min(1).nullish(),
  grammar: z.string().nullish(),
  json_object: z.boolean().nullish(),
  structural_tag: textOrObject.nullish(),
})

const oneForm = 'Refused beside another such field, with a grammar that does not compile, and with what schemas can not enforce.'

/** The fields that say what an answer's text has to look like: OpenAI's, vLLM's, and vLLM's older ones, of which one is given. */
export const structuredOutputFields = {
  response_format: responseFormat.describe(oneForm).optional(),
  structured_outputs: structuredOutputs.describe(oneForm).optional(),
  guided_json: textOrObject.describe(oneForm).optional(),
  guided_regex: z.string().describe(oneForm).optional(),
  guided_choice: z.array(z.string()).min(1).describe(oneForm).optional(),
  guided_grammar: z.string().describe(oneForm).optional(),
  // There is one that knows all of them.
  guided_decoding_backend: z.string().optional(),
}

type StructuredOutputFields = Partial<z.infer<z.ZodObject<typeof structuredOutputFields>>>

/** The `text.format` of OpenAI's responses: a `response_format` without the object around its schema. */
export const textFormat = z
  .looseObject({
    type: z.enum(['text', 'json_object', 'json_schema']),
    name: z.string().nullish(),
    schema: schema.nullish(),
    strict: z.boolean().nullish(),
  })
  .superRefine(({ type, schema }, context) => {
    if (type !== 'json_schema' || schema) return
    context.addIssue({ code: 'custom', path: ['schema'], message: 'must be an object', input: undefined })
  })

/** What it asks of an answer's text; undefined: nothing. */
export const toFormatForm = ({ type, schema }: z.infer<typeof textFormat>): TextForm | undefined =>
  type === 'text' ? undefined : jsonForm(type === 'json_schema' ? schema : undefined, 'text.format.schema', 'text.format')

/** What an answer's text has to look like, and the field that says so: the beginning of a refusal's `param`. */
export interface TextForm {
  readonly grammar: GrammarSpec
  readonly field: string
}

/**
 * What the fields ask of an answer's text; undefined: nothing.
 *
 * @throws EngineError `invalid_value` when they ask for several things at once, or for nothing
 */
export function toTextForm(fields: StructuredOutputFields): TextForm | undefined {
  const { response_format, structured_outputs: outputs, guided_json, guided_regex, guided_choice, guided_grammar } = fields
  const asked = [
    ...(response_format ? formOf(response_format) : []),
    ...guided({ json: guided_json, regex: guided_regex, choice: guided_choice, grammar: guided_grammar }, 'guided_'),
    ...(outputs ? guided(outputs, 'structured_outputs.') : []),
  ]
  const [form, other] = asked
  if (outputs && !asked.some(({ field }) => field.startsWith('structured_outputs.'))) {
    const message = 'structured_outputs must have one of json, regex, choice, grammar, json_object, structural_tag.'
    throw new EngineError('invalid_value', message, { param: 'structured_outputs' })
  }
  if (form === undefined || other === undefined) return form
  const message = `${other.field} is given beside ${form.field}, and an answer can follow one of them. Leave one out.`
  throw new EngineError('invalid_value', message, { param: other.field })
}

type ResponseFormat = z.infer<typeof responseFormat>

function formOf(format: ResponseFormat): readonly TextForm[] {
  const { type, json_schema, schema, structures, triggers } = format
  switch (type) {
    case 'text':
      return []
    case 'json_object':
      return [jsonForm(schema, 'response_format.schema', 'response_format')]
    case 'json_schema':
      return [jsonForm(json_schema?.schema, 'response_format.json_schema.schema', 'response_format')]
    case 'structural_tag': {
      if (format.format) return [{ grammar: { type: 'structural_tag', tag: format.format }, field: 'response_format.format' }]
      const tags = structures?.map(({ begin, schema, end }) => {
        const content = { type: 'json_schema', json_schema: schema ?? { type: 'object' } }
        return { type: 'tag', begin, content, end }
      })
      return [{ grammar: { type: 'structural_tag', tag: { type: 'triggered_tags', triggers, tags } }, field: 'response_format' }]
    }
    default:
      return [{ grammar: { type: 'structural_tag', tag: format }, field: 'response_format' }]
  }
}

const jsonForm = (schema: unknown, field: string, otherwise: string): TextForm =>
  schema ? { grammar: { type: 'json_schema', schema }, field } : { grammar: { type: 'json' }, field: otherwise }

function guided(outputs: z.infer<typeof structuredOutputs>, prefix: string): readonly TextForm[] {
  const { json, regex, choice, grammar, json_object, structural_tag } = outputs
  const all: (TextForm | undefined)[] = [
    is(json) ? { grammar: { type: 'json_schema', schema: parsed(json, `${prefix}json`) }, field: `${prefix}json` } : undefined,
    is(regex) ? { grammar: { type: 'regex', pattern: regex }, field: `${prefix}regex` } : undefined,
    is(choice) ? { grammar: { type: 'choice', options: choice }, field: `${prefix}choice` } : undefined,
    is(grammar) ? { grammar: { type: 'grammar', text: grammar }, field: `${prefix}grammar` } : undefined,
    json_object ? { grammar: { type: 'json' }, field: `${prefix}json_object` } : undefined,
    is(structural_tag) ? tagForm(parsed(structural_tag, `${prefix}structural_tag`), `${prefix}structural_tag`) : undefined,
  ]
  return all.filter((form) => form !== undefined)
}

const is = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined

/** A structural tag as it is, or in the words of a `response_format`. */
function tagForm(tag: Readonly<Record<string, unknown>>, field: string): TextForm | undefined {
  const format = responseFormat.safeParse(tag)
  if (format.success && format.data.type === 'structural_tag') return { ...formOf(format.data)[0]!, field }
  return { grammar: { type: 'structural_tag', tag }, field }
}

function parsed(value: string | Readonly<Record<string, unknown>>, param: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'string') return value
  try {
    return schema.parse(JSON.parse(value))
  } catch {
    throw new EngineError('invalid_value', `${param} must be an object, or one as a string of JSON.`, { param })
  }
}
