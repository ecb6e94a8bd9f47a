import { join } from 'node:path'
import { type Registry, sortFaults } from '../engine/index.ts'
import { kinds } from '../servables/index.ts'
import { loadCalculators } from './calculator-modules.ts'
import { isFile, type ReadConfiguration, readConfiguration, readSelection, type Selection } from './configuration/index.ts'

/** Reads what the flags select: the configuration, its calculators, its models' files and every graph. Loads no model. */
export async function configure(selection: Selection): Promise<ReadConfiguration & { readonly registry: Registry }> {
  const file = await readSelection(selection, isModel)
  const { registry, faults } = await loadCalculators(file.modules)
  const read = await readConfiguration({ ...file, faults: sortFaults([...file.faults, ...faults]) }, { kinds, registry })
  return { ...read, registry }
}

async function isModel(path: string): Promise<boolean> {
  if (await isFile(join(path, 'graph.yaml'))) return true
  for (const kind of Object.values(kinds)) if (await kind.detect(path)) return true
  return false
}
