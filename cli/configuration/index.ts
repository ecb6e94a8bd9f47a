export { configSchema, type ModuleEntry } from './config-file.ts'
export {
  type Configuration,
  type ConfiguredModel,
  configurationError,
  type ReadConfiguration,
  readConfiguration,
} from './configuration.ts'
export { readNamedGraph, subgraphTypes } from './graphs.ts'
export { optionProperties } from './kind-options.ts'
export { inlineGraphId, type Kinds, modelSchema } from './model-file.ts'
export { isFile } from './paths.ts'
export { readSelection, type Selection } from './selection.ts'
