import { type FieldNode, type GraphQLObjectType, isObjectType, type OperationDefinitionNode, parse } from 'graphql'
import { expect, test } from 'vitest'
import { schema } from '../../schema/index.ts'
import { requestedConnectionParts, requestedPaperParts } from '../../schema/requested-fields.ts'

const TEXTS = ['abstract', 'summary']

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
