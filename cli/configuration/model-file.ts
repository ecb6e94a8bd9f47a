import { z } from 'zod'
import { checkValue, didYouMean, type Fault, type YamlDocument } from '../../engine/index.ts'
import type { ServableKind } from '../../servables/index.ts'

export type Kinds = Readonly<Record<string, ServableKind>>

const word = /^[A-Za-z_]\w*$/
const route = z.string().regex(/^[\w.-]+(\/[\w.-]+)*$/, 'a route is letters, digits and `_ . -`, with `/` between parts')

/** The name of an inline graph's schema among the `$defs` of a model's. */
export const inlineGraphId = 'Graph'

/** A graph written in place. What is in it, the engine checks when it reads the graph. */
const inlineGraph = z.looseObject({}).meta({ id: inlineGraphId })

/** A model's `graph.yaml`: what is loaded, and which graph answers each route. */
export function modelSchema(kinds: Kinds) {
  const loaded = Object.values(kinds).map((kind) =>
    z.strictObject({
      kind: z.literal(kind.name),
      path: z.string().default('.').describe('The directory with its files; relative to this file.'),
      host: z
        .string()
        .regex(word, 'a host is named by a word')
        .optional()
        .describe('The host process that it shares with every servable, of any model, that names it; its own if not set.'),
      options: kind.options.prefault({}),
    }),
  )
  const shared = z.strictObject({ model: z.string().describe('Another model, whose side packets this one shares.') })
  return z
    .strictObject({
      servable: z.record(z.string().regex(word, 'a servable is named by a word'), z.union([...loaded, shared])).default({}),
      side_packet: z
        .record(
          z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'a tag is capital letters'),
          z.string().regex(/^[A-Za-z_]\w*(\.[A-Z][A-Z0-9_]*)?$/),
        )
        .default({})
        .describe('Which servable a side packet comes from, where two offer the same tag: `{ TOKENIZER: encoder.TOKENIZER }`.'),
      endpoint: z
        .record(route, z.union([z.string(), inlineGraph]))
        .optional()
        .describe('Route → graph: a name in graphs/, a file (relative to this file), or a graph written here.'),
    })
    .meta({ title: 'ovms-ts model' })
}

export type ModelFile = z.infer<ReturnType<typeof modelSchema>>

/**
 * Checks a model's `graph.yaml`; an unknown kind is told apart from a kind that is used wrongly. With faults `value` is what
 * they leave of it, if anything, so that its graphs can be read all the same.
 */
export function checkModelFile(document: YamlDocument, kinds: Kinds): { readonly value?: ModelFile; readonly faults: Fault[] } {
  if (isMap(document.value) && 'node' in document.value && !('endpoint' in document.value)) {
    const message = 'this is a graph, not a model: put it under `endpoint`, by the route that it answers'
    return { faults: [document.fault('invalid_type', ['node'], message, 'key')] }
  }
  const unknown = unknownKinds(document, kinds)
  const checked = checkValue(withoutServables(document.value, unknown), modelSchema(kinds))
  const value = checked.value ?? checked.rest
  const faults = [
    ...unknown.map(({ fault }) => fault),
    ...checked.problems.map(({ code, path, message, part }) => document.fault(code, path, message, part)),
  ]
  if (!value) return { faults }
  return { value, faults: [...faults, ...reservedRoutes(document, value), ...strayPicks(document, value)] }
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The servables of a kind that there isn't. */
function unknownKinds(document: YamlDocument, kinds: Kinds): { readonly name: string; readonly fault: Fault }[] {
  const servables = document.get(['servable'])
  if (!isMap(servables)) return []
  return Object.entries(servables).flatMap(([name, servable]) => {
    if (!isMap(servable) || servable.kind === undefined) return []
    const kind = String(servable.kind)
    if (Object.hasOwn(kinds, kind)) return []
    const hint = didYouMean(kind, Object.keys(kinds)) || `; there are ${Object.keys(kinds).join(', ')}`
    return [{ name, fault: document.fault('unknown_name', ['servable', name, 'kind'], `there is no kind ${kind}${hint}`) }]
  })
}

function withoutServables(file: unknown, servables: readonly { readonly name: string }[]): unknown {
  if (servables.length === 0 || !isMap(file) || !isMap(file.servable)) return file
  const kept = Object.entries(file.servable).filter(([name]) => !servables.some((servable) => servable.name === name))
  return { ...file, servable: Object.fromEntries(kept) }
}

/** Routes that the server itself answers. */
function reservedRoutes(document: YamlDocument, { endpoint }: ModelFile): Fault[] {
  return Object.keys(endpoint ?? {})
    .filter((name) => /^(models|health)(\/|$)/.test(name))
    .map((name) => document.fault('invalid_name', ['endpoint', name], `the route ${name} is the server's own`, 'key'))
}

function strayPicks(document: YamlDocument, { side_packet }: ModelFile): Fault[] {
  const given = document.get(['servable'])
  const servable = isMap(given) ? given : {}
  return Object.entries(side_packet).flatMap(([tag, from]) => {
    const name = from.split('.')[0] ?? from
    if (Object.hasOwn(servable, name)) return []
    const hint = didYouMean(name, Object.keys(servable))
    return [document.fault('unknown_name', ['side_packet', tag], `the model has no servable ${name}${hint}`)]
  })
}
