import { type Arrow, type Box, type Picture, shortName } from './picture.ts'

/** A picture as a Mermaid flowchart. Every text is quoted, and what Mermaid would read as its own is written by number. */
export function mermaidOf({ title, boxes, arrows }: Picture): string {
  const lines = [
    '---',
    `title: ${JSON.stringify(title)}`,
    '---',
    'flowchart TD',
    ...inGroups(boxes, 0, '  '),
    ...arrows.map((arrow) => `  ${arrow.from} ${link(arrow)} ${arrow.to}`),
    '  classDef side stroke-dasharray: 4 3',
  ]
  const sides = boxes.filter(({ kind }) => kind === 'side-input' || kind === 'side-output').map(({ id }) => id)
  if (sides.length > 0) lines.push(`  class ${sides.join(',')} side`)
  return `${lines.join('\n')}\n`
}

function inGroups(boxes: readonly Box[], depth: number, indent: string): string[] {
  const written = new Set<string>()
  return boxes.flatMap((box) => {
    const group = box.groups[depth]
    if (group === undefined) return [`${indent}${shape(box)}`]
    if (written.has(group)) return []
    written.add(group)
    const members = boxes.filter((other) => other.groups[depth] === group)
    const inner = inGroups(members, depth + 1, `${indent}  `)
    return [`${indent}subgraph group_${group}["${quoted(shortName(group))}"]`, ...inner, `${indent}end`]
  })
}

function shape({ id, kind, title, subtitle }: Box): string {
  const text = `"${quoted(title)}${subtitle === undefined ? '' : `<br/>${quoted(subtitle)}`}"`
  return kind === 'node' ? `${id}[${text}]` : `${id}([${text}])`
}

function link({ kind, label }: Arrow): string {
  const arrow = { stream: '-->', side: '-.->', 'back-edge': '==>' }[kind]
  return label === '' ? arrow : `${arrow}|"${quoted(label)}"|`
}

const quoted = (text: string) => text.replaceAll(/[^\w\s:./-]/g, (character) => `#${character.codePointAt(0)};`)
