import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EngineError, type Fault } from '../../engine/index.ts'
import { type ConfigFile, type ModelEntry, readConfigFile } from './config-file.ts'
import { isDirectory } from './paths.ts'

/** Where flags say that the models are. At most one of config, path, source and repository; none: the demo models. */
export interface Selection {
  /** A configuration file. */
  readonly config?: string | undefined
  readonly modelName?: string | undefined
  /** A model's directory. */
  readonly modelPath?: string | undefined
  /** `organisation/name`: a directory of that name in the repository. */
  readonly sourceModel?: string | undefined
  /** A directory whose sub-directories are models. */
  readonly repositoryPath?: string | undefined
  /** The kind, where the files don't tell it. */
  readonly task?: string | undefined
  /** Options of the kind, as flags gave them. */
  readonly options?: Readonly<Record<string, unknown>> | undefined
}

export const demoConfig = () => fileURLToPath(import.meta.resolve('#models/config.yaml'))

/** The models that flags select, as a configuration file would list them. `isModel` tells a model's directory. */
export async function readSelection(selection: Selection, isModel: (path: string) => Promise<boolean>): Promise<ConfigFile> {
  const { config, modelName, modelPath, sourceModel, repositoryPath, task, options } = selection
  const entry = (name: string, directory: string): ModelEntry => {
    const path = resolve(directory)
    return { name, path, graphPath: join(path, 'graph.yaml'), graphRequired: false, kind: task, options }
  }
  if (modelPath !== undefined) return listing([entry(modelName ?? basename(resolve(modelPath)), modelPath)])
  if (sourceModel !== undefined) return sourced(entry(modelName ?? sourceModel, join(repositoryPath ?? '.', sourceModel)))
  if (repositoryPath !== undefined) {
    const names = await modelsBelow(resolve(repositoryPath), isModel)
    return listing(names.map((name) => entry(name, join(repositoryPath, name))))
  }
  return readConfigFile(resolve(config ?? demoConfig()))
}

const listing = (models: readonly ModelEntry[], faults: readonly Fault[] = []): ConfigFile => ({
  models,
  modules: [],
  // The only model answers whoever names none.
  defaultModel: models.length === 1 ? models[0]!.name : undefined,
  faults,
  warnings: [],
})

async function sourced(entry: ModelEntry): Promise<ConfigFile> {
  if (await isDirectory(entry.path)) return listing([entry])
  const message = 'there is no such directory, and this release downloads no models: put the model there yourself'
  return listing([], [{ code: 'unreadable', message, file: entry.path, line: 0, column: 0 }])
}

/** Names of the models below a directory: `name`, or `organisation/name`. */
async function modelsBelow(root: string, isModel: (path: string) => Promise<boolean>): Promise<string[]> {
  const folders = async (path: string) =>
    (await readdir(path, { withFileTypes: true }))
      .filter((item) => item.isDirectory() && !item.name.startsWith('.'))
      .map((item) => item.name)
      .sort()
  if (!(await isDirectory(root))) {
    throw new EngineError(
      'bad_configuration',
      `${root} is not a directory; --model_repository_path names one that has models in it.`,
    )
  }
  const names: string[] = []
  for (const name of await folders(root)) {
    if (await isModel(join(root, name))) names.push(name)
    else {
      for (const inner of await folders(join(root, name))) {
        if (await isModel(join(root, name, inner))) names.push(`${name}/${inner}`)
      }
    }
  }
  return names
}
