import { attribute, type Graph, integer } from './graph.ts'
import { blockQuantizedMatrix, type FloatType, flipped, isFloatType, type Matrix, matrixOf } from './matrices.ts'
import type { NodeProto } from './model-proto.ts'

/** A multiplication by constant weights, in any of the forms that exporters write. */
export interface Projection {
  /** The nodes that make it up, those that write the result last. */
  readonly nodes: readonly NodeProto[]
  /** Value multiplied: rows of features. */
  readonly input: string
  readonly output: string
  readonly type: FloatType
  readonly weights: { readonly matrix: Matrix } | QuantizedWeights
  /** Value added to each row of the result. */
  readonly bias: string | undefined
}

/** Values with 8-bit weights [inputs, outputs], their scale and their zero point: one each, or one an output. */
export interface QuantizedWeights {
  readonly data: string
  readonly scale: string
  readonly scaleType: FloatType
  readonly zeroPoint: string
}

/** Why a multiplication by constant weights is not understood. */
export interface NotUnderstood {
  readonly why: string
}

/** The projection that a node ends; undefined when it ends none. */
export function projectionEndedBy(graph: Graph, node: NodeProto): Projection | NotUnderstood | undefined {
  if (node.domain === 'com.microsoft') return node.opType === 'MatMulNBits' ? blockQuantized(graph, node) : undefined
  switch (node.opType) {
    case 'MatMul':
      return floatMatMul(graph, node)
    case 'Gemm':
      return gemm(graph, node)
    case 'Mul':
      return dynamicallyQuantized(graph, node)
    default:
      return undefined
  }
}

function floatMatMul(graph: Graph, node: NodeProto): Projection | undefined {
  const [input = '', weights = ''] = node.input
  const matrix = matrixOf(graph, weights)
  if (matrix === undefined) return undefined
  return { nodes: [node], input, output: node.output[0]!, type: matrix.type, weights: { matrix }, bias: undefined }
}

function gemm(graph: Graph, node: NodeProto): Projection | NotUnderstood | undefined {
  const [input = '', weights = '', bias] = node.input
  const stored = matrixOf(graph, weights)
  if (stored === undefined) return undefined
  const scaled = (attribute(node, 'alpha')?.f ?? 1) !== 1 || (attribute(node, 'beta')?.f ?? 1) !== 1
  if (scaled || integer(node, 'transA', 0) !== 0) return { why: 'a Gemm that scales or transposes its input' }
  const matrix = integer(node, 'transB', 0) === 0 ? stored : flipped(stored)
  return { nodes: [node], input, output: node.output[0]!, type: matrix.type, weights: { matrix }, bias: bias || undefined }
}

function blockQuantized(graph: Graph, node: NodeProto): Projection | NotUnderstood {
  const matrix = blockQuantizedMatrix(graph, node)
  if (typeof matrix === 'string') return { why: `a MatMulNBits, as ${matrix}` }
  const bias = node.input[5] || undefined
  return { nodes: [node], input: node.input[0]!, output: node.output[0]!, type: matrix.type, weights: { matrix }, bias }
}

/**
 * DynamicQuantizeLinear → MatMulInteger → Cast → Mul by the product of both scales, as onnxruntime.quantization.quantize_dynamic
 * writes it. The node is that last Mul.
 */
function dynamicallyQuantized(graph: Graph, node: NodeProto): Projection | NotUnderstood | undefined {
  for (const [result, scales] of [node.input, node.input.toReversed()] as [string, string][]) {
    const cast = graph.producerOf(result)
    const product = cast?.opType === 'Cast' ? graph.producerOf(cast.input[0]!) : undefined
    if (cast === undefined || product?.opType !== 'MatMulInteger') continue
    const [rows = '', data = '', , zero = ''] = product.input
    const quantize = graph.producerOf(rows)
    const multiply = graph.producerOf(scales)
    if (quantize?.opType !== 'DynamicQuantizeLinear' || multiply?.opType !== 'Mul')
      return { why: 'a MatMulInteger of another shape' }
    const scale = multiply.input.find((value) => value !== quantize.output[1])
    const constant = graph.constant(scale ?? '')
    const matrix = graph.constant(data)
    if (scale === undefined || constant === undefined || !isFloatType(constant.type) || matrix?.shape.length !== 2) {
      return { why: 'a MatMulInteger whose weights or scale are not constants' }
    }
    const nodes = [quantize, multiply, product, cast, node]
    const weights = { data, scale, scaleType: constant.type, zeroPoint: zero }
    return { nodes, input: quantize.input[0]!, output: node.output[0]!, type: constant.type, weights, bias: undefined }
  }
  return undefined
}
