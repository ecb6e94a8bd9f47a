import { writeFile } from 'node:fs/promises'
import { type Fault, faultsError } from '../engine/index.ts'
import { readNamedGraph, type Selection } from './configuration/index.ts'
import { configure } from './configure.ts'
import { drawMermaid, drawSvg } from './draw/index.ts'

export const drawings = { mermaid: drawMermaid, svg: drawSvg }

/** Draws a graph, to a file or to standard output: what answers a route of the models selected, a file, or a name in `graphs/`. */
export async function graph(
  name: string,
  selection: Selection,
  { format, output }: { readonly format: keyof typeof drawings; readonly output?: string },
): Promise<void> {
  const { registry, configuration, faults: around } = await configure(selection)
  const [answering] = configuration?.models.flatMap(({ endpoints }) => endpoints.get(name) ?? []) ?? []
  const { plan, faults } = answering
    ? { plan: answering, faults: [] }
    : await readNamedGraph(name, process.cwd(), { registry }, unknown(name))
  if (!plan) throw faultsError('bad_graph', `graph ${name} cannot be drawn`, [...faults, ...around])
  const text = drawings[format](plan)
  if (output === undefined) process.stdout.write(text)
  else await writeFile(output, text)
}

const unknown =
  (file: string) =>
  (message: string): Fault => ({ code: 'unknown_name', message, file, line: 0, column: 0 })
