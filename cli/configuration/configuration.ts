import { type Fault, faultsError, type Plan, type Registry, sortFaults } from '../../engine/index.ts'
import type { ModelDefinition } from '../../servables/index.ts'
import type { ConfigFile, MetricsConfig } from './config-file.ts'
import { readEndpoint } from './graphs.ts'
import { type ModelDraft, readModel } from './model.ts'
import type { Kinds } from './model-file.ts'
import { changedAt } from './paths.ts'
import { checkWiring, type Offers, offersOf } from './wiring.ts'

/** A model that can be loaded, its graphs checked and wired. */
export interface ConfiguredModel extends ModelDefinition {
  /** Its directory. */
  readonly path: string
  /** When its directory was last changed, in seconds since 1970. */
  readonly created: number
  /** Route → graph. */
  readonly endpoints: ReadonlyMap<string, Plan>
}

/** All that is to be served, read, checked and wired; nothing of it is loaded yet. */
export interface Configuration {
  readonly models: readonly ConfiguredModel[]
  /** Who answers a request that names no model. */
  readonly defaultModel: string | undefined
  readonly metrics?: MetricsConfig | undefined
}

export interface ReadConfiguration {
  /** There when there are no faults. */
  readonly configuration?: Configuration
  readonly faults: readonly Fault[]
  readonly warnings: readonly Fault[]
}

/** Reads the models that a configuration file lists, and every graph of theirs. Loads no model; reports every fault of every file. */
export async function readConfiguration(
  file: ConfigFile,
  { kinds, registry }: { kinds: Kinds; registry: Registry },
): Promise<ReadConfiguration> {
  const read = await Promise.all(file.models.map((entry) => readModel(entry, kinds)))
  const drafts = read.map(({ draft }) => draft)
  const { offers, faults } = offersOf(drafts, kinds)
  const models = await Promise.all(drafts.map((draft) => readGraphs(draft, offers.get(draft.name), registry)))
  const all = [...file.faults, ...read.flatMap((each) => each.faults), ...faults, ...models.flatMap((each) => each.faults)]
  const warnings = sortFaults([...file.warnings, ...models.flatMap((each) => each.warnings)])
  if (all.length > 0) return { faults: sortFaults(all), warnings }
  const { defaultModel, metrics } = file
  return { configuration: { models: models.map(({ model }) => model), defaultModel, metrics }, faults: [], warnings }
}

/** The error of a configuration that can't be served; its message names every fault. */
export const configurationError = (faults: readonly Fault[]) =>
  faultsError('bad_configuration', 'the configuration cannot be served', faults)

async function readGraphs(
  draft: ModelDraft,
  offers: Offers,
  registry: Registry,
): Promise<{ model: ConfiguredModel; faults: Fault[]; warnings: Fault[] }> {
  const endpoints = new Map<string, Plan>()
  const faults: Fault[] = []
  const warnings: Fault[] = []
  for (const route of Object.keys(draft.endpoints)) {
    const graph = await readEndpoint(draft, route, registry)
    faults.push(...graph.faults)
    warnings.push(...graph.warnings)
    faults.push(...checkWiring(draft, route, graph, offers))
    if (graph.plan) endpoints.set(route, graph.plan)
  }
  const { name, path, servables, sidePackets, broken } = draft
  return { model: { name, path, created: await changedAt(path), servables, sidePackets, broken, endpoints }, faults, warnings }
}
