import { type Dialect, gemma, python } from './literal-arguments.ts'
import { Stops } from './text-reader.ts'
import type { ToolFormat } from './tool-formats.ts'
import { type XmlSyntax, xmlSyntax } from './xml-arguments.ts'

/** A row of the table, ready to be read: its texts cut where there may be white space. */
export interface CallSyntax {
  readonly format: ToolFormat
  /** Where calls begin in content, and what then still comes before a call's name. */
  readonly triggers: Stops
  readonly begins: ReadonlyMap<string, readonly string[]>
  /** What comes before the name in an answer that begins with a call. */
  readonly bareBegin: readonly string[]
  /** Whether every call has a text of its own before it; else one may follow another without. */
  readonly isMarked: boolean
  /** What comes between name and arguments. */
  readonly between: readonly string[]
  readonly separator: string
  /** What comes behind a call's arguments, and which of these ends all calls. */
  readonly ends: readonly string[]
  readonly lastEnds: ReadonlySet<string>
  /** `triggers`, and ends that a call has left out so far. */
  readonly triggersAndEnds: Stops
  /** Of arguments that are no JSON. */
  readonly dialect: Dialect | undefined
  readonly xml: XmlSyntax | undefined
}

/** @param wrappers other texts that are no content, wherever they stand */
export function callSyntax(format: ToolFormat, wrappers: readonly string[]): CallSyntax {
  const { section, call, list, body, triggers } = format
  const syntax = body.type === 'named' ? body.arguments : undefined
  const dialect = syntax?.type === 'python' ? python : syntax?.type === 'gemma' ? gemma(syntax.quote) : undefined
  const begin = [...pieces(section.begin), ...(list ? ['['] : []), ...pieces(call.begin)]
  const bareBegin = begin.slice(pieces(section.begin).length)
  const lastEnds = [...(list ? [']'] : []), ...pieces(section.end)]
  // What closes literals is theirs.
  const ends = [...pieces(dialect ? call.end.slice(1) : call.end), ...lastEnds]
  return {
    format,
    triggers: new Stops([...triggers, ...wrappers]),
    begins: new Map(triggers.map((trigger) => [trigger, restBehind(trigger, begin, bareBegin)])),
    bareBegin,
    isMarked: call.begin !== '',
    between: body.type === 'named' ? pieces(body.between) : [],
    separator: format.separator.trim(),
    ends,
    lastEnds: new Set(lastEnds),
    triggersAndEnds: new Stops([...triggers, ...wrappers, ...ends.filter((end) => end.length > 1)]),
    dialect,
    xml: syntax?.type === 'xml' ? xmlSyntax(syntax) : undefined,
  }
}

/** A text's parts between line breaks. */
const pieces = (text: string): readonly string[] => text.split(/\s*\n\s*/).flatMap((piece) => piece.trim() || [])

/** A trigger is the beginning of a piece, or several joined; or it stands in the place of what begins the section. */
function restBehind(trigger: string, begin: readonly string[], bareBegin: readonly string[]): readonly string[] {
  for (const [index, piece] of begin.entries()) {
    if (begin.slice(0, index + 1).join('') === trigger) return begin.slice(index + 1)
    if (piece.startsWith(trigger)) return [piece.slice(trigger.length), ...begin.slice(index + 1)].filter((rest) => rest !== '')
  }
  return bareBegin
}
