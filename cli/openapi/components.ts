import { z } from 'zod'
import type { ToldSchema } from '../../calculators/index.ts'
import { answerSchema, type JsonSchema, type ModelField, requestSchema } from './json-schema.ts'

/** The schemas that a document names, each once; gathered while its paths are written. */
export class Components {
  readonly #schemas = new Map<string, JsonSchema>()

  /** A request's body; undefined: any object. */
  request(told: ToldSchema | undefined, model: ModelField): JsonSchema {
    return this.#named(told ? nameOf(told) : 'AnyRequest', requestSchema(told?.schema ?? z.looseObject({}), model))
  }

  /** An object that the server writes; `suffix` tells several of one calculator apart. */
  answer(told: ToldSchema, suffix: string): JsonSchema {
    return this.#named(nameOf(told) + suffix, answerSchema(told.schema))
  }

  /** A schema too small for a name. */
  plain({ schema }: ToldSchema): JsonSchema {
    return answerSchema(schema)
  }

  /** All that have a name, by it. */
  schemas(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** Where another schema has the name, as when options of two nodes differ, it gets a number. */
  #named(name: string, schema: JsonSchema, number = 1): JsonSchema {
    const numbered = number > 1 ? `${name}${number}` : name
    const known = this.#schemas.get(numbered)
    if (known && JSON.stringify(known) !== JSON.stringify(schema)) return this.#named(name, schema, number + 1)
    this.#schemas.set(numbered, schema)
    return { $ref: `#/components/schemas/${numbered}` }
  }
}

/** `ChatRequestCalculator` reads a ChatRequest. */
const nameOf = ({ calculator }: ToldSchema) => calculator.replace(/Calculator$/, '')
