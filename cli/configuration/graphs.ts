import { readdir } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  didYouMean,
  directoryLibrary,
  type Fault,
  type LoadedGraph,
  type LoadSettings,
  loadGraph,
  type Registry,
  readYamlFile,
} from '../../engine/index.ts'
import type { ModelDraft } from './model.ts'
import { shownPath } from './paths.ts'
import { doorInputs } from './wiring.ts'

const graphsDirectory = () => dirname(fileURLToPath(import.meta.resolve('#graphs/any.yaml')))

/** The names of the graphs in `graphs/`: their paths without `.yaml`. Subgraphs aren't endpoints. */
export async function graphNames(): Promise<string[]> {
  const files = await readdir(graphsDirectory(), { recursive: true })
  return files
    .filter((file) => file.endsWith('.yaml') && !file.startsWith('subgraphs'))
    .map((file) => file.slice(0, -'.yaml'.length).split(sep).join('/'))
    .sort()
}

/** Whether an endpoint means a file, rather than a name in `graphs/`. */
const isPath = (graph: string) => /^\.{0,2}\/|\.(ya?ml|json)$/.test(graph)

/**
 * Reads a graph by its name in `graphs/`, or its path from `directory`. Its subgraphs are looked for in the directory
 * itself, in `subgraphs/` there, and in the library's; `unknown` makes the fault of a name that there isn't.
 */
export async function readNamedGraph(
  graph: string,
  directory: string,
  { registry, inputs }: Omit<LoadSettings, 'library'>,
  unknown: (message: string) => Fault,
): Promise<LoadedGraph> {
  if (!isPath(graph)) {
    const names = await graphNames()
    if (!names.includes(graph)) {
      const hint = didYouMean(graph, names) || `; there are ${names.join(', ')}`
      return { faults: [unknown(`there is no graph ${graph}${hint}`)], warnings: [] }
    }
  }
  const file = isPath(graph) ? resolve(directory, graph) : join(graphsDirectory(), `${graph}.yaml`)
  const { document, faults } = await readYamlFile(shownPath(file))
  if (!document || faults.length > 0) return { faults, warnings: [] }
  if (document.get(['endpoint']) !== undefined) {
    const message = 'this is a model, not a graph: name one of its routes, and the model by `--config` or `--model_path`'
    return { faults: [document.fault('invalid_type', ['endpoint'], message, 'key')], warnings: [] }
  }
  return loadGraph(
    { document, path: [], ...(!isPath(graph) && { name: graph }) },
    { registry, library: await libraryOf(directory), ...(inputs && { inputs }) },
  )
}

/** Reads the graph that answers one of a model's routes. */
export async function readEndpoint(draft: ModelDraft, route: string, registry: Registry): Promise<LoadedGraph> {
  const graph = draft.endpoints[route]!
  if (typeof graph === 'string') {
    return readNamedGraph(graph, draft.directory, { registry, inputs: doorInputs }, (message) =>
      draft.fault('unknown_name', ['endpoint', route], message),
    )
  }
  const { document } = draft
  if (!document) throw new TypeError(`model ${draft.name} has a graph in no file`)
  const library = await libraryOf(draft.directory)
  return loadGraph({ document, path: graph.inline, name: route }, { registry, library, inputs: doorInputs })
}

const libraryOf = (directory: string) =>
  directoryLibrary([directory, join(directory, 'subgraphs'), join(graphsDirectory(), 'subgraphs')].map(shownPath))

/** The `type`s of the subgraphs in `graphs/`. */
export const subgraphTypes = async (): Promise<readonly string[]> =>
  (await directoryLibrary([join(graphsDirectory(), 'subgraphs')])).names()
