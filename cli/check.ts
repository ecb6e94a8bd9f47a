import { formatFault } from '../engine/index.ts'
import type { Selection } from './configuration/index.ts'
import { configure } from './configure.ts'

/** Reads configuration, calculators and graphs, loads no model, and prints every fault of every file. Whether there were none. */
export async function check(selection: Selection): Promise<boolean> {
  const { configuration, faults, warnings } = await configure(selection)
  for (const warning of warnings) process.stdout.write(`warning: ${formatFault(warning)}\n`)
  for (const fault of faults) process.stdout.write(`${formatFault(fault)}\n`)
  for (const { name, broken } of configuration?.models ?? []) {
    if (broken !== undefined) process.stdout.write(`warning: model ${name} will fail to load: ${broken}\n`)
  }
  process.stdout.write(configuration ? summary(configuration.models) : `${count(faults.length, 'fault')}\n`)
  return configuration !== undefined
}

const summary = (models: readonly { readonly endpoints: ReadonlyMap<string, unknown> }[]) =>
  `${count(models.length, 'model')}, ${count(
    models.reduce((sum, { endpoints }) => sum + endpoints.size, 0),
    'endpoint',
  )}: no faults\n`

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`
