import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  isObjectType,
  type OperationDefinitionNode,
  parse,
} from 'graphql'
import { expect, test } from 'vitest'
import { schema } from '../../schema/index.ts'
import { requestedConnectionParts, requestedPaperParts } from '../../schema/requested-fields.ts'

const TEXTS = ['abstract', 'summary', 'citation']

const nodesOf = (document: string) => ({
  fieldNodes: (parse(document).definitions[0] as OperationDefinitionNode).selectionSet.selections as FieldNode[],
  fragments: {},
})

test('a paper brings its abstract and summary where one of them is asked for, and for no other field', () => {
  const fields = (schema.getType('Paper') as GraphQLObjectType).getFields()
  for (const field of Object.values(fields)) {
    const type = String(field.type).replace(/[[\]!]/g, '')
    const selection = `${field.name}${isObjectType(schema.getType(type)) ? ' { __typename }' : ''}`
    const bringsTexts = [
      requestedPaperParts(nodesOf(`{ paper { ${selection} } }`)),
      requestedConnectionParts(nodesOf(`{ papers { nodes { ${selection} } } }`)) ?? [],
      requestedConnectionParts(nodesOf(`{ papers { edges { node { ${selection} } } } }`)) ?? [],
    ].map((parts) => parts.includes('texts'))
    expect(bringsTexts, field.name).toEqual(Array(3).fill(TEXTS.includes(field.name)))
  }
})

test('fragments that spread each other twice are read once each', () => {
  const depth = 200
  const fragments = Array.from(
    { length: depth },
    (_, n) => `fragment F${n} on Paper { ${n === depth - 1 ? 'abstract' : `...F${n + 1} ...F${n + 1}`} }`,
  )
  const { definitions } = parse(`{ papers { nodes { ...F0 ...F0 } } } ${fragments.join(' ')}`)
  const [operation, ...others] = definitions as [OperationDefinitionNode, ...FragmentDefinitionNode[]]
  const info = {
    fieldNodes: operation.selectionSet.selections as FieldNode[],
    fragments: Object.fromEntries(others.map((fragment) => [fragment.name.value, fragment])),
  }
  expect(requestedConnectionParts(info)).toEqual(['texts'])
})
