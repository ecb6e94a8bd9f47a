import { z } from 'zod'
import { calculators } from '../calculators/index.ts'
import { graphSchema } from '../engine/index.ts'
import { kinds } from '../servables/index.ts'
import { configSchema, inlineGraphId, modelSchema, subgraphTypes } from './configuration/index.ts'

/** The JSON Schemas of the files that people write, so that editors complete and check them. */
export const schemas: Readonly<Record<string, () => Promise<object>>> = {
  graph: async () => graphSchema(calculators, await subgraphTypes()),
  config: async () => jsonSchema(configSchema),
  model: async () => ({
    ...jsonSchema(modelSchema(kinds)),
    // A resource of its own, so that what it refers to within itself is found.
    $defs: { [inlineGraphId]: { $id: 'graph', ...graphSchema(calculators, await subgraphTypes()) } },
  }),
}

/** What a file may say, rather than what is made of it: defaults are optional. */
const jsonSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
