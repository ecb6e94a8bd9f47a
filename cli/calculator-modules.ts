import { register } from 'node:module'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { calculators } from '../calculators/index.ts'
import type { Calculator, Fault, Registry } from '../engine/index.ts'
import type { ModuleEntry } from './configuration/index.ts'

/**
 * The calculators that graphs may use: those of this project, and those that a configuration's modules export, each
 * under the name of its export. A module that can't be imported, and a name that is taken, are faults of the
 * configuration.
 */
export async function loadCalculators(modules: readonly ModuleEntry[]): Promise<{ registry: Registry; faults: Fault[] }> {
  const registry: Record<string, Calculator> = { ...calculators }
  const faults: Fault[] = []
  if (modules.length > 0) await prepareImports(modules.some(({ path }) => ['.ts', '.mts'].includes(extname(path))))
  for (const module of modules) {
    const { found, fault } = await importModule(module)
    if (fault) faults.push(fault)
    for (const [name, calculator] of found) {
      if (name === 'default')
        faults.push(module.fault('invalid_name', 'its default export has no name: `export const MyCalculator = …`'))
      else if (!Object.hasOwn(registry, name)) registry[name] = calculator
      else faults.push(module.fault('duplicate_name', `the module exports ${name}, a name that another calculator has`))
    }
  }
  return { registry, faults }
}

async function importModule(module: ModuleEntry): Promise<{ found: [string, Calculator][]; fault?: Fault }> {
  try {
    const exported: Readonly<Record<string, unknown>> = await import(pathToFileURL(module.path).href)
    const found = Object.entries(exported).filter((entry): entry is [string, Calculator] => isCalculator(entry[1]))
    if (found.length > 0) return { found }
    return { found, fault: module.fault('invalid_value', 'the module exports no calculator; export what `calculator()` returns') }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { found: [], fault: module.fault('unreadable', `the module can't be imported: ${why}`) }
  }
}

const isCalculator = (value: unknown): value is Calculator =>
  typeof value === 'object' && value !== null && 'contract' in value && 'open' in value && typeof value.open === 'function'

/** Whether Node has been told: hooks hold for the whole process, and can't be taken back. */
const told = { names: false, typescript: false }

async function prepareImports(typescript: boolean): Promise<void> {
  if (typescript && !told.typescript) (await import('tsx/esm/api')).register()
  told.typescript ||= typescript
  if (told.names) return
  const ending = extname(import.meta.filename)
  const here = (path: string) => new URL(`${path}${ending}`, import.meta.url).href
  register(here('./module-hook'), {
    data: {
      'ovms-ts/engine': here('../engine/index'),
      'ovms-ts/calculators': here('../calculators/index'),
      zod: import.meta.resolve('zod'),
    },
  })
  told.names = true
}
