import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import {
  checkYaml,
  didYouMean,
  type Fault,
  type FaultCode,
  type Path,
  readYamlFile,
  type YamlDocument,
} from '../../engine/index.ts'
import { metricFault } from '../metrics/index.ts'
import { shownPath } from './paths.ts'

/** A model that a configuration names: where its files are. */
export interface ModelEntry {
  readonly name: string
  /** The directory, absolute. */
  readonly path: string
  /** Its `graph.yaml`, absolute, whether it exists or not. */
  readonly graphPath: string
  /** Whether the configuration itself names the file, so that it must exist. */
  readonly graphRequired: boolean
  /** What flags say about it; a configuration file says it in `graph.yaml`. */
  readonly kind?: string | undefined
  readonly options?: Readonly<Record<string, unknown>> | undefined
}

/** A module with calculators of the author's own. */
export interface ModuleEntry {
  /** Absolute. */
  readonly path: string
  fault(code: FaultCode, message: string): Fault
}

/** Whether there is `GET /metrics`, and of which metrics; all, if no names are given. */
export interface MetricsConfig {
  readonly enable: boolean
  readonly metrics_list?: readonly string[] | undefined
}

/** A configuration file, or flags that say the same. */
export interface ConfigFile {
  readonly models: readonly ModelEntry[]
  readonly modules: readonly ModuleEntry[]
  /** Who answers a request that names no model. */
  readonly defaultModel: string | undefined
  /** Which metrics are told; all, if it is absent. */
  readonly metrics?: MetricsConfig | undefined
  readonly faults: readonly Fault[]
  readonly warnings: readonly Fault[]
}

/** Why a field of OVMS's has no effect here. They are read all the same, so that its files can be used as they are. */
const ignoredFields = z.registry<{ reason: string }>()

const withoutMeaning = (reason: string) =>
  z.unknown().optional().describe(`Read and ignored: ${reason}.`).register(ignoredFields, { reason })

const name = z.string().regex(/^[\w.:-]+(\/[\w.:-]+)*$/, 'a name is letters, digits and `_ . : -`, with `/` between parts')

const modelConfig = z.strictObject({
  name: name.describe('The name by which clients ask for the model.'),
  base_path: z.string().optional().describe('Its directory; relative to this file. Default: the name.'),
  graph_path: z.string().optional().describe('Its graph.yaml; relative to base_path. Default: graph.yaml.'),
  subconfig: withoutMeaning('models are configured by their graph.yaml'),
  model_version_policy: withoutMeaning('a directory is one version'),
  batch_size: withoutMeaning('requests are batched as they come'),
  shape: withoutMeaning('shapes are those of the request'),
  layout: withoutMeaning('layouts are those of the model'),
  nireq: withoutMeaning('concurrency is an option of the kind, such as max_num_seqs'),
  target_device: withoutMeaning('models run on the CPU'),
  allow_cache: withoutMeaning('rewritten models are cached beside the original'),
  plugin_config: withoutMeaning('ONNX Runtime is set up by options of the kind, such as inference_num_threads'),
  custom_loader_options: withoutMeaning('there are no custom loaders'),
})

const graphConfig = modelConfig.pick({ name: true, base_path: true, graph_path: true, subconfig: true })

const monitoredMetrics = z.strictObject({
  enable: z.boolean().default(true).describe('Whether there is GET /metrics.'),
  metrics_list: z.array(z.string()).optional().describe('The only metrics that are told. Default: all.'),
})

/** `config.yaml`, or OVMS's `config.json`. */
export const configSchema = z
  .strictObject({
    model_config_list: z.array(z.strictObject({ config: modelConfig })).default([]),
    mediapipe_config_list: z.array(graphConfig).default([]).describe("OVMS's older list of models that have graphs."),
    default_model: name
      .optional()
      .describe('Who answers a request that names no model; on routes that it does not have, the only model that has them does.'),
    calculator_modules: z.array(z.string()).default([]).describe('Modules that export calculators; relative to this file.'),
    monitoring: z
      .strictObject({ metrics: monitoredMetrics.default({ enable: true }) })
      .optional()
      .describe('What GET /metrics tells.'),
    pipeline_config_list: withoutMeaning('write pipelines as graphs'),
    custom_node_library_config_list: withoutMeaning('write custom nodes as calculators'),
    custom_loader_config_list: withoutMeaning('there are no custom loaders'),
  })
  .meta({ title: 'ovms-ts configuration' })

/** Reads a configuration file, YAML or JSON. */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  const { document, faults } = await readYamlFile(shownPath(file))
  if (!document || faults.length > 0) return nothing(faults)
  const checked = checkYaml(document, configSchema)
  const value = checked.value ?? checked.rest
  if (!value) return nothing(checked.faults)
  const { model_config_list, mediapipe_config_list, default_model, calculator_modules, monitoring } = value
  const base = dirname(file)
  const listed = [
    ...model_config_list.map(({ config }, at) => ({ config, path: ['model_config_list', at, 'config'] })),
    ...mediapipe_config_list.map((config, at) => ({ config, path: ['mediapipe_config_list', at] })),
  ]
  const models = listed.map(({ config }): ModelEntry => {
    const path = resolve(base, config.base_path ?? config.name)
    return {
      name: config.name,
      path,
      graphPath: resolve(path, config.graph_path ?? 'graph.yaml'),
      graphRequired: config.graph_path !== undefined,
    }
  })
  return {
    models,
    modules: calculator_modules.map((module, at) => ({
      path: resolve(base, module),
      fault: (code, message) => document.fault(code, ['calculator_modules', at], message),
    })),
    defaultModel: default_model,
    metrics: monitoring?.metrics,
    faults: [
      ...checked.faults,
      ...duplicates(document, listed),
      ...unknownDefault(document, default_model, models),
      ...unknownMetrics(document, monitoring?.metrics.metrics_list),
    ],
    warnings: [
      ...ignored(document, [], configSchema.shape),
      ...listed.flatMap(({ path }) => ignored(document, path, modelConfig.shape)),
    ],
  }
}

const nothing = (faults: readonly Fault[]): ConfigFile => ({
  models: [],
  modules: [],
  defaultModel: undefined,
  faults,
  warnings: [],
})

const duplicates = (document: YamlDocument, listed: readonly { config: { name: string }; path: Path }[]) =>
  listed
    .filter(({ config }, at) => listed.findIndex((other) => other.config.name === config.name) < at)
    .map(({ config, path }) =>
      document.fault('duplicate_name', [...path, 'name'], `the model ${config.name} is configured twice`),
    )

function unknownDefault(document: YamlDocument, wanted: string | undefined, models: readonly ModelEntry[]): Fault[] {
  const names = models.map((model) => model.name)
  if (wanted === undefined || names.includes(wanted)) return []
  return [document.fault('unknown_name', ['default_model'], `there is no model ${wanted}${didYouMean(wanted, names)}`)]
}

const unknownMetrics = (document: YamlDocument, names: readonly string[] = []) =>
  names.flatMap((name, at) => {
    const fault = metricFault(name)
    return fault === undefined ? [] : [document.fault('unknown_name', ['monitoring', 'metrics', 'metrics_list', at], fault)]
  })

function ignored(document: YamlDocument, path: Path, shape: Readonly<Record<string, z.ZodType>>): Fault[] {
  return Object.entries(shape).flatMap(([key, schema]) => {
    const { reason } = ignoredFields.get(schema) ?? {}
    if (reason === undefined || document.get([...path, key]) === undefined) return []
    return [document.fault('ignored_key', [...path, key], `\`${key}\` has no effect here: ${reason}`, 'key')]
  })
}
