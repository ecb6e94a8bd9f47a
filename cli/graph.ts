import { writeFile } from 'node:fs/promises'
import { faultsError } from '../engine/index.ts'
import { readNamedGraph, type Selection } from './configuration/index.ts'
import { configure } from './configure.ts'
import { drawMermaid, drawSvg } from './draw/index.ts'

export const drawings = { mermaid: drawMermaid, svg: drawSvg }

/** Draws a graph, a file or a name in `graphs/`, to a file or to standard output. */
export async function graph(
  name: string,
  selection: Selection,
  { format, output }: { readonly format: keyof typeof drawings; readonly output?: string },
): Promise<void> {
  const { registry } = await configure(selection)
  const { plan, faults } = await readNamedGraph(name, process.cwd(), registry, (message) => ({
    code: 'unknown_name',
    message,
    file: name,
    line: 0,
    column: 0,
  }))
  if (!plan) throw faultsError('bad_graph', `graph ${name} cannot be drawn`, faults)
  const text = drawings[format](plan)
  if (output === undefined) process.stdout.write(text)
  else await writeFile(output, text)
}
