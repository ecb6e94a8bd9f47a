/** Keywords that say nothing of what is valid. `discriminator` only repeats what the branches of its `oneOf` say. */
const annotations: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$comment',
  '$defs',
  'definitions',
  '$anchor',
  'title',
  'description',
  'default',
  'example',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  'contentMediaType',
  'contentEncoding',
  'discriminator',
])

/** Keywords that stand for other schemas, or for values whatever their type. */
const general: ReadonlySet<string> = new Set(['$ref', 'allOf', 'anyOf', 'oneOf', 'type', 'nullable', 'enum', 'const'])

/** Keywords that concern values of one type alone. */
export const typed = {
  object: [
    'properties',
    'required',
    'additionalProperties',
    'patternProperties',
    'propertyNames',
    'minProperties',
    'maxProperties',
  ],
  array: ['items', 'prefixItems', 'additionalItems', 'minItems', 'maxItems', 'uniqueItems'],
  string: ['minLength', 'maxLength', 'pattern'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
} as const

const enforced: ReadonlySet<string> = new Set([...general, ...Object.values(typed).flat(), 'format'])

/** Whether a keyword may be left aside: it says nothing, or nothing to anyone who holds to JSON Schema (`x-…`). */
export const isAnnotation = (keyword: string): boolean => annotations.has(keyword) || keyword.startsWith('x-')

/** Whether answers can be held to a keyword, at least with some values. */
export const isEnforced = (keyword: string): boolean => enforced.has(keyword)
