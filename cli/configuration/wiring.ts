import { Body, Payload } from '../../calculators/index.ts'
import { AnyPacket, didYouMean, type Fault, type LoadedGraph, type Plan } from '../../engine/index.ts'
import { joinSides } from '../../servables/index.ts'
import type { ModelDraft } from './model.ts'
import type { Kinds } from './model-file.ts'

/** Side packets by tag, with the names of their types; undefined when a broken model is among those that offer them. */
export type Offers = Readonly<Record<string, string>> | undefined

/** What each model's graphs get as side packets, and what is wrong with the models' references to each other. */
export function offersOf(drafts: readonly ModelDraft[], kinds: Kinds): { offers: ReadonlyMap<string, Offers>; faults: Fault[] } {
  const byName = new Map(drafts.map((draft) => [draft.name, draft]))
  const offers = new Map<string, Offers>()
  const faults: Fault[] = []
  const visit = (draft: ModelDraft, chain: readonly string[]): Offers => {
    if (offers.has(draft.name)) return offers.get(draft.name)
    const offered = Object.entries(draft.servables).map(([key, source]): [string, Offers] => {
      if ('kind' in source) return [key, kinds[source.kind]?.offers]
      const other = byName.get(source.model)
      const path = ['servable', key, 'model']
      if (!other) {
        const hint = didYouMean(source.model, byName.keys())
        faults.push(draft.fault('unknown_name', path, `there is no model ${source.model}${hint}`))
      } else if (chain.includes(source.model)) {
        faults.push(draft.fault('cycle', path, `models share each other in a circle: ${[...chain, source.model].join(' → ')}`))
      } else return [key, visit(other, [...chain, source.model])]
      return [key, undefined]
    })
    const all = draft.broken === undefined && offered.every(([, sides]) => sides !== undefined)
    const known: Record<string, Readonly<Record<string, string>>> = {}
    for (const [key, sides] of offered) if (sides) known[key] = sides
    faults.push(...wrongPicks(draft, known))
    const joined = all ? joinSides(known, draft.sidePackets) : undefined
    offers.set(draft.name, joined)
    return joined
  }
  for (const draft of drafts) visit(draft, [draft.name])
  return { offers, faults }
}

function wrongPicks(draft: ModelDraft, offered: Readonly<Record<string, Readonly<Record<string, string>>>>): Fault[] {
  return Object.entries(draft.sidePackets).flatMap(([tag, pick]) => {
    const sides = offered[pick.servable]
    if (!sides || Object.hasOwn(sides, pick.tag)) return []
    const hint = didYouMean(pick.tag, Object.keys(sides)) || `; it offers ${Object.keys(sides).join(', ')}`
    return [draft.fault('unknown_name', ['side_packet', tag], `${pick.servable} offers no ${pick.tag}${hint}`)]
  })
}

/** What the door puts into an endpoint's graph. */
export const doorInputs = { PAYLOAD: Payload }

/**
 * What an endpoint's graph must be to be run by the door: a payload goes in, bodies come out, and its model has its side packets.
 * Of a graph with faults only its ports are looked at.
 */
export function checkWiring(draft: ModelDraft, route: string, { plan, ports }: LoadedGraph, offers: Offers): Fault[] {
  const fault = (code: Fault['code'], message: string) =>
    draft.fault(code, ['endpoint', route], `graph ${plan?.name ?? route}: ${message}`)
  const faults: Fault[] = []
  if (ports && (ports.inputs.length !== 1 || ports.inputs[0]?.tag !== 'PAYLOAD')) {
    faults.push(fault('missing_port', 'an endpoint takes one input stream, PAYLOAD: `input_stream: { PAYLOAD: payload }`'))
  }
  if (ports && !ports.outputs.some(({ tag, index }) => tag === 'BODY' && index === 0)) {
    faults.push(fault('missing_port', 'an endpoint gives an output stream BODY: `output_stream: { BODY: body }`'))
  }
  if (!plan) return faults
  const body = plan.outputs.find(({ tag, index }) => tag === 'BODY' && index === 0)
  const carried = body && plan.streams[body.stream]?.type.name
  if (carried !== undefined && carried !== AnyPacket.name && carried !== Body.name) {
    faults.push(fault('type_mismatch', `what an endpoint sends by BODY is a ${Body.name}, and this is a ${carried}`))
  }
  return [...faults, ...missingSides(draft, plan, offers, fault)]
}

function missingSides(
  draft: ModelDraft,
  plan: Plan,
  offers: Offers,
  fault: (code: Fault['code'], message: string) => Fault,
): Fault[] {
  const faults: Fault[] = []
  if (!offers) return faults
  for (const { tag, index, type, optional } of plan.sideInputs) {
    const label = index === 0 ? tag : `${tag}:${index}`
    const offered = offers[label]
    if (offered === undefined && !optional) {
      const shared = Object.keys(draft.servables).length > 1 ? ', or several do: say which with `side_packet`' : ''
      faults.push(
        fault('missing_side_packet', `it needs side packet ${label}, and no servable of model ${draft.name} offers it${shared}`),
      )
    } else if (offered !== undefined && type.name !== AnyPacket.name && offered !== type.name) {
      faults.push(fault('type_mismatch', `side packet ${label} must be a ${type.name}, and the model's is a ${offered}`))
    }
  }
  return faults
}
