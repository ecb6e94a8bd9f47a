import type { ZodType } from 'zod'
import type { NodePlan } from '../engine/index.ts'

/** What calculators may tell, in their contracts' `schemas`, of an endpoint's API. */
export interface ApiSchemas {
  /** The JSON object that a request's body is. `model` is the door's, and need not be in it. */
  readonly request?: ZodType
  /** The JSON object that an answer is. */
  readonly response?: ZodType
  /** The JSON object of each server-sent event, where an answer may come as a stream. */
  readonly event?: ZodType
  /** The data of the event that ends a stream, where it is no such object. */
  readonly lastEvent?: ZodType
}

/** A schema, and the calculator that told it. */
export interface ToldSchema {
  readonly calculator: string
  readonly schema: ZodType
}

/** What the nodes of a graph tell together: the first that reads a request, the last that writes an answer. */
export function toldSchemas(nodes: readonly NodePlan[]): { readonly [K in keyof ApiSchemas]: ToldSchema } {
  const told: Record<string, ToldSchema> = {}
  for (const { calculatorName, calculator, options } of nodes) {
    for (const [name, schema] of Object.entries(calculator.contract.schemas?.(options) ?? {})) {
      if (name !== 'request' || !told.request) told[name] = { calculator: calculatorName, schema }
    }
  }
  return told
}
