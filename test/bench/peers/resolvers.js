// What Mercurius and Apollo Server resolve alike: all but the relations of papers, which each batches in its own way.
import * as statements from './statements.js'

export const resolvers = {
  Query: {
    papers: (_root, args) => statements.trending(args),
    topic: (_root, { slug }) => statements.topicBySlug(slug),
    edition: (_root, { date }) => ({ date }),
    paper: (_root, { by }) => statements.paperByArxivId(by.arxivId),
    author: (_root, { by }) => statements.authorBySlug(by.slug),
  },
  Topic: { papers: ({ id }, { first }) => statements.papersOfTopic(id, first) },
  Author: { papers: ({ id }, { first }) => statements.papersOfAuthor(id, first) },
  Edition: { papers: ({ date }, { first }) => statements.papersOfDay(date, first) },
}

export const linksOfKind = (links, kind) => (kind == null ? links : links.filter((link) => link.kind === kind))
