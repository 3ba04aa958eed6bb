import { z } from 'zod'
import { PICTURE_FORMATS, PICTURE_KINDS } from '../../values/pictures.ts'
import { currentScript } from '../routes/embed.ts'
import { OEMBED_PARAMETERS } from '../routes/oembed.ts'
import { BY_ACCEPT, HTML, JSON_TYPE, type Operation, TEXT } from './operation.ts'
import { EMBED_QUERY, LOOK_QUERY, PAPER_IN_PATH, TOKEN_IN_PATH } from './parameters.ts'

const SCRIPT = 'text/javascript'
const XML = 'text/xml'

const OEMBED = z
  .object({
    type: z.literal('rich'),
    version: z.literal('1.0'),
    title: z.string(),
    author_name: z.string().optional().meta({ description: 'The authors of a paper.' }),
    author_url: z.url().optional(),
    provider_name: z.string(),
    provider_url: z.url(),
    cache_age: z.int(),
    html: z.string().meta({ description: 'An `iframe` for the page.' }),
    width: z.int(),
    height: z.int(),
    thumbnail_url: z
      .url()
      .optional()
      .meta({ description: 'The largest picture within the limits; its width and height come with it.' }),
    thumbnail_width: z.int().optional(),
    thumbnail_height: z.int().optional(),
  })
  .meta({ id: 'OEmbed', description: 'oEmbed 1.0, rich type: https://oembed.com' })

const { url, format, maxwidth, maxheight } = OEMBED_PARAMETERS.shape

const SIZE = 'In pixels. What is not a size does not limit it.'

export const EMBED_OPERATIONS: readonly Operation[] = [
  {
    path: '/embed',
    id: 'embed',
    tag: 'embeds',
    summary: 'A list as a page for a frame',
    description: 'A page without scripts from elsewhere, which other sites may show. It tells the frame its height.',
    query: EMBED_QUERY,
    content: { [HTML]: null },
    refusals: { 400: [HTML] },
    examples: ['/embed?topics=reinforcement-learning&first=5&theme=dark', '/embed?edition=day'],
  },
  {
    path: '/embed/papers/{paper}',
    id: 'embedPaper',
    tag: 'embeds',
    summary: 'A paper as a page for a frame',
    description: 'One paper in the form of an embedded list.',
    inPath: PAPER_IN_PATH,
    query: LOOK_QUERY,
    content: { [HTML]: null },
    refusals: { 400: [HTML], 404: [HTML] },
    examples: ['/embed/papers/2509.25454?theme=light'],
  },
  {
    path: '/feeds/saved/{token}.embed',
    id: 'embedSaved',
    tag: 'embeds',
    summary: 'The list of a saved filter as a page for a frame',
    description: 'Whoever has the address can read it.',
    inPath: TOKEN_IN_PATH,
    query: LOOK_QUERY,
    content: { [HTML]: null },
    refusals: { 400: [HTML], 404: BY_ACCEPT },
    examples: ['/feeds/saved/no-such-token.embed'],
  },
  {
    path: '/embed.js',
    id: 'embedScript',
    tag: 'embeds',
    summary: 'The element <daily-papers>',
    description: 'The script of the element, in its present version. Pages that pin it use a name with a version.',
    content: { [SCRIPT]: null },
    refusals: { 429: [SCRIPT], 503: [SCRIPT] },
    examples: ['/embed.js'],
  },
  {
    path: '/embed.d.ts',
    id: 'embedTypes',
    tag: 'embeds',
    summary: 'The types of the element <daily-papers>',
    description: 'For TypeScript, in pages and in frameworks.',
    content: { [TEXT]: null },
    refusals: { 429: [SCRIPT], 503: [SCRIPT] },
    examples: ['/embed.d.ts'],
  },
  {
    path: '/embed-{version}.js',
    id: 'embedScriptVersion',
    tag: 'embeds',
    summary: 'A version of the element <daily-papers>',
    description: 'It never changes. `/docs` has the address of the present version with its integrity hash.',
    inPath: z.object({
      version: z
        .string()
        .regex(/^[0-9a-f]{16}$/)
        .meta({ description: 'The first 16 digits of the hash of the script.' }),
    }),
    content: { [SCRIPT]: null },
    refusals: { 404: [SCRIPT, ...BY_ACCEPT] },
    examples: [`/${currentScript.name}`],
  },
  {
    path: '/images/{kind}/{id}/{version}/{width}.{format}',
    id: 'picture',
    tag: 'embeds',
    summary: 'The picture of a paper, organization or user',
    description:
      'In the sizes to which other addresses here link. The response never changes; while the picture cannot be had, it is a drawing.',
    inPath: z.object({
      kind: z.enum(PICTURE_KINDS).meta({ description: 'Whose picture.' }),
      id: z
        .string()
        .regex(/^[\w-]{1,64}$/)
        .meta({ description: 'Its `id` in GraphQL.' }),
      version: z
        .string()
        .regex(/^[\w-]{1,32}$/)
        .meta({ description: 'The version of the picture. Another one leads to the present address.' }),
      width: z
        .string()
        .regex(/^\d{1,4}$/)
        .meta({ description: 'In pixels.' }),
      format: z.enum(PICTURE_FORMATS).meta({ description: 'WebP, or JPEG for what cannot read it.' }),
    }),
    content: { 'image/webp': null, 'image/jpeg': null, 'image/svg+xml': null },
    moved: 'The present version of the picture.',
    kind: 'picture',
    refusals: { 404: BY_ACCEPT },
    examples: ['/images/papers/UGFwZXI6NTE/latest/320.webp'],
  },
  {
    path: '/oembed',
    id: 'oembed',
    tag: 'embeds',
    summary: 'How to embed a page of this server',
    description:
      'For papers, editions and `/embed`. Parameters that are not oEmbed’s are ignored. 404 for an address that cannot be embedded.',
    query: z.object({
      url: url.meta({ description: 'The address of the page.' }),
      format: format.meta({
        description: 'The form of the response and of refusals. Another one is refused with 501.',
      }),
      maxwidth: maxwidth.meta({ description: `The greatest width. ${SIZE}` }),
      maxheight: maxheight.meta({ description: `The greatest height. ${SIZE}` }),
    }),
    content: { [JSON_TYPE]: OEMBED, [XML]: null },
    refusals: { 400: [JSON_TYPE, XML], 404: [JSON_TYPE, XML], 501: [TEXT] },
    examples: ['/oembed?url={server}/papers/2509.25454&maxwidth=400', '/oembed?url={server}/embed&format=xml'],
  },
]
