import { readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Fault, type FaultCode, readYamlFile, type YamlDocument } from '../../engine/index.ts'
import type { ServableKind, ServableSource, SidePick } from '../../servables/index.ts'
import type { ModelEntry } from './config-file.ts'
import { optionsFor } from './kind-options.ts'
import { checkModelFile, type Kinds, type ModelFile } from './model-file.ts'
import { isDirectory, isFile, shownPath } from './paths.ts'

/** A model as its own files describe it, before other models and its graphs are looked at. */
export interface ModelDraft {
  readonly name: string
  readonly path: string
  readonly servables: Readonly<Record<string, ServableSource>>
  readonly sidePackets: Readonly<Record<string, SidePick>>
  /** Route → a graph's name or file, or where it is written in `document`. */
  readonly endpoints: Readonly<Record<string, string | { readonly inline: readonly string[] }>>
  /** Its `graph.yaml`, if it has one. */
  readonly document: YamlDocument | undefined
  /** Where the files that `graph.yaml` names are looked for. */
  readonly directory: string
  readonly broken: string | undefined
  /** A fault of this model, at a part of its `graph.yaml`. */
  fault(code: FaultCode, path: readonly string[], message: string): Fault
}

export interface ReadModel {
  /** With faults it is broken, and what they leave of it. */
  readonly draft: ModelDraft
  readonly faults: readonly Fault[]
}

/** Reads what a model's directory says about it: its `graph.yaml`, or, without one, its files. */
export async function readModel(entry: ModelEntry, kinds: Kinds): Promise<ReadModel> {
  const base = blank(entry)
  if (entry.graphRequired || (await isFile(entry.graphPath))) return readGraphYaml(entry, base, kinds)
  if (!(await isDirectory(entry.path))) return { draft: { ...base, broken: `there is no directory ${entry.path}` }, faults: [] }
  const kind = entry.kind === undefined ? await detectKind(entry.path, kinds) : kinds[entry.kind]
  if (!kind) return { draft: { ...base, broken: await unrecognized(entry, kinds) }, faults: [] }
  const options = kind.options.safeParse(optionsFor(kind, entry.options))
  if (!options.success) {
    return {
      draft: { ...base, broken: 'its options have faults' },
      faults: options.error.issues.map((issue) => nowhere(entry, 'invalid_value', `--${issue.path.join('.')}: ${issue.message}`)),
    }
  }
  const servables = { [kind.name]: { kind: kind.name, path: entry.path, options: options.data } }
  return { draft: { ...base, servables, endpoints: kind.endpoints }, faults: [] }
}

async function readGraphYaml(entry: ModelEntry, base: ModelDraft, kinds: Kinds): Promise<ReadModel> {
  const { document, faults } = await readYamlFile(shownPath(entry.graphPath))
  const broken = 'its graph.yaml has faults'
  if (!document || faults.length > 0) return { draft: { ...base, broken }, faults }
  const { value, faults: found } = checkModelFile(document, kinds)
  const { directory } = base
  const written = {
    ...base,
    endpoints: value ? endpointsOf(value, kinds) : {},
    document,
    fault: (code: FaultCode, path: readonly string[], message: string) => document.fault(code, path, message),
  }
  if (!value) return { draft: { ...written, broken }, faults: found }
  return {
    draft: {
      ...written,
      broken: found.length > 0 ? broken : undefined,
      servables: Object.fromEntries(
        Object.entries(value.servable).map(([key, servable]) => [key, sourceOf(servable, directory, kinds, entry.options)]),
      ),
      sidePackets: Object.fromEntries(
        Object.entries(value.side_packet).map(([tag, from]) => {
          const [servable = from, offered = tag] = from.split('.')
          return [tag, { servable, tag: offered }]
        }),
      ),
    },
    faults: found,
  }
}

/** What is known of a model before any of its files is read. */
const blank = (entry: ModelEntry): ModelDraft => ({
  name: entry.name,
  path: entry.path,
  servables: {},
  sidePackets: {},
  endpoints: {},
  document: undefined,
  directory: dirname(entry.graphPath),
  broken: undefined,
  fault: (code, _, message) => nowhere(entry, code, message),
})

const nowhere = (entry: ModelEntry, code: FaultCode, message: string): Fault => ({
  code,
  message: `model ${entry.name}: ${message}`,
  file: shownPath(entry.path),
  line: 0,
  column: 0,
})

async function detectKind(path: string, kinds: Kinds): Promise<ServableKind | undefined> {
  for (const kind of Object.values(kinds)) if (await kind.detect(path)) return kind
  return undefined
}

async function unrecognized({ path, kind }: ModelEntry, kinds: Kinds): Promise<string> {
  const known = Object.keys(kinds).join(', ')
  if (kind !== undefined) return `there is no kind ${kind}; there are ${known}`
  if (await isFile(join(path, 'graph.pbtxt')))
    return `its graph is written as text format, in graph.pbtxt; write it as graph.yaml`
  const looked = Object.values(kinds).map(({ name, looksFor }) => `${name} looks for ${looksFor}`)
  const files = (await readdir(path).catch(() => [])).length
  const what = files === 0 ? `${path} is empty` : `no kind recognises the files in ${path}`
  return `${what}: ${looked.join('; ')}. A graph.yaml there can say which of ${known} it is`
}

type FileServable = ModelFile['servable'][string]

function sourceOf(
  servable: FileServable,
  directory: string,
  kinds: Kinds,
  flags: Readonly<Record<string, unknown>> | undefined,
): ServableSource {
  if ('model' in servable) return { model: servable.model }
  const kind = kinds[servable.kind]!
  const options = flags ? kind.options.parse({ ...(servable.options as object), ...optionsFor(kind, flags) }) : servable.options
  const { host } = servable
  return { kind: servable.kind, path: resolve(directory, servable.path), options, ...(host !== undefined && { host }) }
}

/** The endpoints that the file gives; else those of the kinds that it loads. */
function endpointsOf({ endpoint, servable }: ModelFile, kinds: Kinds): ModelDraft['endpoints'] {
  if (!endpoint)
    return Object.assign({}, ...Object.values(servable).map((each) => ('kind' in each ? kinds[each.kind]?.endpoints : {})))
  return Object.fromEntries(
    Object.entries(endpoint).map(([route, graph]) => [
      route,
      typeof graph === 'string' ? graph : { inline: ['endpoint', route] },
    ]),
  )
}
