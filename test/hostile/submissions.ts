import { family, type HostileInput, operation } from './input.ts'

const SUBMIT = /* GraphQL */ `mutation ($input: SubmitPaperInput!) {
  submitPaper(input: $input) {
    __typename
    ... on SubmitPaperPayload { paper { title authors { nodes { name } } links { url } } }
    ... on InvalidInputError { fields { path } }
  }
}`

const PAPER = {
  title: 'A paper',
  abstract: 'About something.',
  authors: ['Ada Abara'],
  publishedAt: '2026-01-20T10:00:00Z',
}

const submitted = (paper: object, says: RegExp, more: Partial<HostileInput> = {}): Omit<HostileInput, 'name'> => ({
  request: (variant, known) => {
    const input = { arxivId: arxivIdOf(variant), paper: { ...PAPER, ...paper } }
    return operation(SUBMIT, { input }, { authorization: `Bearer ${known.accessToken}` })(variant, known)
  },
  status: 200,
  code: null,
  says,
  ...more,
})
const refused = (paper: object) => submitted(paper, /InvalidInputError/)
const taken = (paper: object, hides?: RegExp) => submitted(paper, /SubmitPaperPayload/, { ...(hides && { hides }) })
const wrongValue = (paper: object): Omit<HostileInput, 'name'> => ({
  ...submitted(paper, /BAD_USER_INPUT/),
  status: 400,
  code: 'BAD_USER_INPUT',
})
const link = (url: string) => ({ links: [{ kind: 'CODE', url }] })

let lastId = 0

/** Each submission has an id of its own: a paper that is there already is not looked at. */
function arxivIdOf(_variant: number): string {
  lastId += 1
  return `2512.${String(lastId).padStart(5, '0')}`
}

/** Of each paper that is taken, the title begins with this word. */
export const MARK = 'Hostile'

const title = (text: string) => ({ title: `${MARK} ${text}` })

/** Papers whose texts would run in a page, whose links lead somewhere else, or whose names look like others. */
export const SUBMISSIONS = family('submissions', {
  'a script': taken(title('<script>hurt()</script>')),
  'an image': taken(title('<img src=x onerror=hurt()>')),
  'a drawing': taken(title('<svg/onload=hurt()>')),
  'the end of a title': taken(title('</title></head><body onload=hurt()>')),
  'the end of a text in XML': taken(title(']]><hurt xmlns="hurt"/>')),
  'an entity': taken(title('&lt;script&gt;hurt()&#60;/script&#x3e; &hurt;')),
  'the end of a comment': taken(title('--><script>hurt()</script><!--')),
  'a style': taken(title('</style><style>*{display:none}</style>')),
  'a frame': taken(title('<iframe srcdoc="<script>hurt()</script>"></iframe>')),
  'markup in upper case': taken(title('<ScRiPt>hurt()</sCrIpT>')),
  'markup that is not closed': taken(title('<script src=//elsewhere.example/')),
  'a link in Markdown': taken(title('[paper](javascript:hurt())')),
  'a picture in Markdown': taken(title('![](http://127.0.0.1/hurt.png)')),
  'a template': taken(title('{{constructor.constructor("hurt()")()}} <%= hurt %> #{hurt}')),
  'a formula of a spreadsheet': taken(title('=HYPERLINK("http://elsewhere.example")')),
  'TeX that includes a file': taken({
    ...title('TeX'),
    abstract: '\\input{/etc/passwd} $\\href{javascript:hurt()}{x}$',
  }),
  'markup in an abstract': taken({ ...title('abstract'), abstract: '<script>hurt()</script>\n\n# heading\n\n<b>' }),
  'markup in a name': taken({ ...title('author'), authors: ['<script>hurt()</script>', '"onmouseover="hurt()'] }),
  'markup in a topic': taken({ ...title('topic'), topics: ['<svg onload=hurt()>', '"><script>'] }),
  'markup in an organization': taken({ ...title('organization'), organization: '</a><script>hurt()</script>' }),
  'a direction override': taken(title('\u202egnp.exe\u2066'), /hurt/),
  'a name with zero-width characters': taken(
    { ...title('names'), authors: ['A\u200bda\u2060 Ab\u00adara\u202e'] },
    /\u200b|\u2060|\u00ad|\u202e/,
  ),
  'a title with 300 marks on a letter': taken(title(`a${'\u0301'.repeat(300)}`)),
  'control characters': taken(title('\u0001\u0007\u001b[31m'), /\\u00(01|07|1b)/),
  'a title of nothing': refused({ title: ' \u0000 '.replace('\u0000', '\u0001') }),
  'a title of 50,000 characters': refused({ title: 'x'.repeat(50_000) }),
  'an abstract of 200,000 characters': refused({ abstract: 'x'.repeat(200_000) }),
  'no author': refused({ authors: [] }),
  'an author of zero width': refused({ authors: ['\u200b'] }),
  '9,000 authors': refused({ authors: Array.from({ length: 9_000 }, (_, n) => `A ${n}`) }),
  '5,000 topics': refused({ topics: Array.from({ length: 5_000 }, (_, n) => `t${n}`) }),
  '2,000 links': refused({
    links: Array.from({ length: 2_000 }, (_, n) => ({ kind: 'CODE', url: `https://a.example/${n}` })),
  }),
  'a link to a script': refused(link('javascript:hurt()')),
  'a link to a script, with a line break': refused(link('java\nscript:hurt()')),
  'a link to a script, in upper case, with spaces': refused(link('  JaVaScRiPt:hurt()')),
  'a link to VBScript': refused(link('vbscript:hurt()')),
  'a link to data': refused(link('data:text/html,<script>hurt()</script>')),
  'a link to a file': refused(link('file:///etc/passwd')),
  'a link to a blob': refused(link('blob:https://a.example/1')),
  'a link that is markup': taken({ ...title('link'), ...link('https://a.example/"><script>hurt()</script>') }),
  'a link with a password': refused(link('https://user:password@a.example/')),
  'a link of 5,000 characters': wrongValue(link(`https://a.example/${'a'.repeat(5_000)}`)),
  'a link that is none': wrongValue(link('//a.example')),
  // Links are shown, and never fetched by this server.
  'a link to this machine': taken({ ...title('127.0.0.1'), ...link('http://127.0.0.1:22/') }),
  'a link to a cloud': taken({ ...title('169.254.169.254'), ...link('http://169.254.169.254/latest/meta-data/') }),
  'a link to this machine, in IPv6': taken({ ...title('::1'), ...link('http://[::1]/') }),
  'a link to this machine, as one number': taken({ ...title('2130706433'), ...link('http://2130706433/') }),
  'of the future': refused({ publishedAt: '9999-12-31T23:59:59Z' }),
  'of a day that does not exist': wrongValue({ publishedAt: '2026-02-30T00:00:00Z' }),
  'a NUL': wrongValue({ title: 'a\0b' }),
  'half a surrogate pair': wrongValue({ title: '\ud800' }),
  'of an unknown member': wrongValue({ isAdmin: true }),
  'by nobody': {
    request: operation(SUBMIT, { input: { arxivId: '2512.99999', paper: PAPER } }),
    status: 200,
    code: null,
    says: /UnauthenticatedError/,
  },
})
