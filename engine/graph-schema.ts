import { z } from 'zod'
import type { Calculator, Ports, Registry } from './calculator.ts'
import { graphFields, ignoredGraphFields, ignoredNodeFields, nodeFields, type PortField, portFields } from './graph-file.ts'
import { handlers } from './handler.ts'
import { portShape } from './port-shape.ts'
import { declaredPorts } from './wiring.ts'

type JsonSchema = Readonly<Record<string, unknown>>

/**
 * The JSON Schema (draft 2020-12) of graph files that use these calculators, so that editors complete and check them:
 * names of calculators (others may be subgraphs; those of `subgraphs` are offered too), and for each calculator its
 * ports and options. It knows nothing of streams; `loadGraph` checks those.
 */
export function graphSchema(registry: Registry, subgraphs: readonly string[] = []): JsonSchema {
  const calculators = Object.entries(registry)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A graph',
    description: 'Nodes and the streams between them. Strings "TAG:name" or maps { TAG: name } name the ports.',
    type: 'object',
    required: ['node'],
    additionalProperties: false,
    properties: {
      ...scalars(graphFields),
      ...allPorts,
      node: { description: 'The nodes, in any order.', ...oneOrMore({ $ref: '#/$defs/node' }) },
      options: { description: 'Options of a subgraph, with their defaults; nodes take them by `option_value`.', type: 'object' },
      graph_options: { description: 'The same as `options`.' },
      input_stream_handler: { $ref: '#/$defs/handler' },
      ...ignored(ignoredGraphFields),
    },
    $defs: {
      ports: portsSchema({
        type: 'object',
        propertyNames: { pattern: '^([A-Z_][A-Z0-9_]*)?$' },
        additionalProperties: { $ref: '#/$defs/names' },
      }),
      names: { description: 'A name, or the names of a repeated port.', ...oneOrMore({ $ref: '#/$defs/name' }) },
      name: { type: 'string', pattern: '^[a-z_][a-z0-9_]*$' },
      handler: handlerSchema,
      node: {
        type: 'object',
        required: ['calculator'],
        additionalProperties: false,
        properties: {
          ...scalars(nodeFields),
          calculator: {
            description: 'The calculator, or the `type` of a subgraph.',
            anyOf: [{ enum: [...calculators.map(([name]) => name), ...subgraphs] }, { type: 'string' }],
          },
          ...allPorts,
          options: { description: "The calculator's options, or the subgraph's.", type: 'object' },
          node_options: { description: 'The same as `options`.' },
          option_value: {
            description: 'Options taken from the graph: "option:options/name".',
            anyOf: [
              oneOrMore({ type: 'string', pattern: '^[^:]+:options(/.+)?$' }),
              { type: 'object', additionalProperties: { type: 'string' } },
            ],
          },
          input_stream_handler: { $ref: '#/$defs/handler' },
          input_stream_info: oneOrMore({
            type: 'object',
            additionalProperties: false,
            properties: {
              tag_index: { description: 'The input: "TAG", "TAG:1", ":0".', type: 'string' },
              back_edge: { description: 'Whether it closes a cycle.', type: 'boolean' },
            },
          }),
          ...ignored(ignoredNodeFields),
        },
        allOf: calculators.map(([name, calculator]) => ({
          if: { properties: { calculator: { const: name } }, required: ['calculator'], not: { required: ['option_value'] } },
          // biome-ignore lint/suspicious/noThenProperty: `then` is a keyword of JSON Schema
          then: calculatorSchema(name, calculator),
        })),
      },
    },
  }
}

/** What a node of this calculator may say: its own ports and its own options. */
function calculatorSchema(name: string, calculator: Calculator): JsonSchema {
  const used = portFields.filter((field) => Object.keys(declaredPorts(calculator, field)).length > 0)
  const required = used.filter((field) =>
    Object.values(declaredPorts(calculator, field)).some((port) => !portShape(port).optional),
  )
  const ports = portFields.map((field): [PortField, JsonSchema] => [field, fieldSchema(declaredPorts(calculator, field))])
  const { options } = calculator.contract
  return {
    required,
    properties: {
      ...Object.fromEntries(ports),
      options:
        options === undefined
          ? { description: `${name} has no options.`, type: 'object', maxProperties: 0 }
          : optionsSchema(name, options),
    },
  }
}

function fieldSchema(declared: Ports): JsonSchema {
  const tags = Object.entries(declared).map(([tag, port]): [string, JsonSchema] => {
    const { type, many, optional, latest } = portShape(port)
    const words = [type.name, many && 'repeated', latest && 'the newest', optional && 'optional'].filter((word) => word !== false)
    return [tag, { description: words.join(', '), $ref: many ? '#/$defs/names' : '#/$defs/name' }]
  })
  const required = Object.entries(declared).flatMap(([tag, port]) => (portShape(port).optional ? [] : [tag]))
  return portsSchema({ type: 'object', required, additionalProperties: false, properties: Object.fromEntries(tags) })
}

const oneOrMore = (one: JsonSchema): JsonSchema => ({ anyOf: [one, { type: 'array', items: one }] })

const portsSchema = (map: JsonSchema): JsonSchema => {
  const port = { type: 'string', pattern: '^([A-Z_][A-Z0-9_]*:)?([0-9]+:)?[a-z_][a-z0-9_]*$' }
  return { anyOf: [map, port, { type: 'array', items: port }] }
}

const portDescriptions: Readonly<Record<PortField, string>> = {
  input_stream: 'What comes in, packet by packet.',
  output_stream: 'What goes out, packet by packet.',
  input_side_packet: 'What is given once, before anything runs: loaded models, mostly.',
  output_side_packet: 'What is made once.',
}
const allPorts = Object.fromEntries(
  portFields.map((field) => [field, { description: portDescriptions[field], $ref: '#/$defs/ports' }]),
)

const descriptions: Readonly<Record<string, string>> = {
  type: 'The name under which other graphs use this one as a node.',
  package: "A name space, as in MediaPipe's files; without effect.",
  max_queue_size: 'Packets an input may queue before what feeds it is held back; -1: no limit. Default 100.',
  report_deadlock: 'Fail on a deadlock of full queues, instead of letting a queue grow. Default false.',
  name: "The node's name in messages and traces. Default: its calculator's.",
  max_in_flight: 'How many firings of the node may be at work at once. Default 1.',
  source_layer: 'Sources of a layer run once those of all lower layers are done. Default 0.',
}

const scalars = (fields: Readonly<Record<string, z.ZodType>>): JsonSchema =>
  Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const { $schema: _, ...schema } = z.toJSONSchema(field)
      return [name, { description: descriptions[name], ...schema }]
    }),
  )

const ignored = (fields: Readonly<Record<string, string>>): JsonSchema =>
  Object.fromEntries(
    Object.entries(fields).map(([name, why]) => [name, { description: `Has no effect: ${why}.`, deprecated: true }]),
  )

const handlerNames = { enum: Object.keys(handlers) }
const handlerSchema: JsonSchema = {
  description: 'When a node may fire.',
  anyOf: [
    handlerNames,
    {
      type: 'object',
      additionalProperties: false,
      properties: {
        input_stream_handler: handlerNames,
        options: {
          type: 'object',
          additionalProperties: false,
          properties: {
            sync_set: {
              description: 'Inputs that wait for each other, and not for the others.',
              ...oneOrMore({
                type: 'object',
                additionalProperties: false,
                properties: { tag_index: oneOrMore({ type: 'string' }) },
              }),
            },
          },
        },
      },
    },
  ],
}

/** An options schema as JSON Schema, closed as `checkYaml` reads it. One that refers to itself gets a name of its own to refer to. */
function optionsSchema(name: string, options: z.ZodType): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(options, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod
      if (def.type === 'object' && (def as z.core.$ZodObjectDef).catchall === undefined) jsonSchema.additionalProperties = false
    },
  })
  return JSON.stringify(schema).includes('"$ref"') ? { $id: `${name}.options`, ...schema } : schema
}
