import { z } from 'zod'

export type JsonSchema = Readonly<Record<string, unknown>>

const nothing = { type: 'null' }

/** A schema of what the server writes. */
export const answerSchema = (schema: z.ZodType): JsonSchema => toJsonSchema(schema, 'output')

/**
 * A schema of what the server reads as a request's body. Fields that it can do without may be null, which counts as absent, and
 * `model` is among the fields: the door reads it.
 */
export function requestSchema(schema: z.ZodType, model: ModelField): JsonSchema {
  const { properties = {}, examples: _, ...rest } = toJsonSchema(schema, 'input') as ObjectSchema
  // Where a field is changed before it is checked, zod takes examples to be of the outcome, and leaves them out.
  const examples = schema.meta()?.examples as readonly object[] | undefined
  const required = schema instanceof z.ZodObject ? requiredOf(schema) : []
  const fields = Object.entries(properties).map(([name, field]) => [name, required.includes(name) ? field : nullable(field)])
  return {
    ...rest,
    ...(examples && { examples: examples.map((example) => ({ model: model.names[0], ...example })) }),
    properties: { model: modelField(model), ...Object.fromEntries(fields) },
    required: [...(model.required ? ['model'] : []), ...required],
  }
}

/** zod's own list leaves out fields that are changed before they are checked. */
const requiredOf = ({ shape }: z.ZodObject) => Object.keys(shape).filter((name) => !z.safeParse(shape[name]!, undefined).success)

interface ObjectSchema extends JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly examples?: unknown
}

/** Who may answer. */
export interface ModelField {
  readonly names: readonly string[]
  /** Whether there is no default. */
  readonly required: boolean
}

const modelField = ({ names, required }: ModelField): JsonSchema => ({
  description: `Which model answers${required ? '' : '; by default, or if empty, the default model'}. Refused if it does not make what is asked for.`,
  ...(required ? { type: 'string', minLength: 1 } : { type: ['string', 'null'] }),
  examples: names,
})

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

function nullable(field: JsonSchema): JsonSchema {
  const { description, ...rest } = field
  const { type, ...limits } = rest
  const told = description === undefined ? {} : { description }
  if (Object.keys(rest).length === 0) return field
  if (typeof type === 'string' && !('enum' in rest || 'const' in rest)) return { ...told, type: [type, 'null'], ...limits }
  if (Array.isArray(rest.anyOf) && Object.keys(rest).length === 1) return { ...told, anyOf: [...rest.anyOf, nothing] }
  return { ...told, anyOf: [rest, nothing] }
}
