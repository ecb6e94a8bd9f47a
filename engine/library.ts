import { readdir } from 'node:fs/promises'
import path from 'node:path'
import type { Fault } from './errors.ts'
import { isMap } from './place.ts'
import type { YamlDocument } from './yaml.ts'
import { readYamlFile } from './yaml-file.ts'

/** Where graphs find their subgraphs. */
export interface GraphLibrary {
  /** The file of the graph of this `type`, with the faults of reading it; undefined when there is none. */
  find(type: string): Promise<{ readonly document?: YamlDocument; readonly faults: readonly Fault[] }> | undefined
  names(): readonly string[]
}

/**
 * The `*.yaml` files of some directories (not below them) whose graphs have a `type`. A type found in several
 * directories is the first one's, so put a model's own directory before the shared one; twice in the same directory it
 * is a fault of the graph that uses it. A directory that does not exist is empty.
 */
export async function directoryLibrary(directories: readonly string[]): Promise<GraphLibrary> {
  const graphs = new Map<string, { document: YamlDocument; faults: Fault[] }>()
  for (const directory of directories) {
    const here = new Map<string, YamlDocument>()
    for (const file of await yamlFiles(directory)) {
      const { document, faults } = await readYamlFile(file)
      const type = isMap(document?.value) ? document.value.type : undefined
      if (document === undefined || typeof type !== 'string') continue
      const first = here.get(type)
      here.set(type, document)
      if (first !== undefined) {
        const message = `type ${type} is given twice: first in ${first.file}`
        graphs.get(type)?.faults.push(document.fault('duplicate_name', ['type'], message))
      } else if (!graphs.has(type)) graphs.set(type, { document, faults })
    }
  }
  return {
    find(type) {
      const found = graphs.get(type)
      return found === undefined ? undefined : Promise.resolve(found)
    },
    names: () => [...graphs.keys()],
  }
}

async function yamlFiles(directory: string): Promise<string[]> {
  try {
    const names = await readdir(directory)
    return names
      .filter((name) => name.endsWith('.yaml'))
      .sort()
      .map((name) => path.join(directory, name))
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return []
    throw error
  }
}
