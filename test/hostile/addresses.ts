import { family, type HostileInput, times } from './input.ts'

const at = (target: string, headers: Record<string, string> = {}): HostileInput['request'] => {
  return (variant) => ({ target: target.replace('VARIANT', String(variant)), headers })
}
const get = (target: string, status: number, more: Partial<HostileInput> = {}): Omit<HostileInput, 'name'> => ({
  request: at(target),
  status,
  ...more,
})
const HTML = { accept: 'text/html' }
const SCRIPT = encodeURIComponent('</script><script>hurt()</script>')
const NO_SCRIPT = /<script>hurt/
const oembed = (url: string) => `/oembed?n=VARIANT&url=${encodeURIComponent(url)}`

/** Addresses that lead out of the server, or that are not what a route expects. */
export const ADDRESSES = [
  ...family('paths', {
    'two levels up': get('/../../etc/passwd', 404),
    'two levels up, encoded': get('/%2e%2e/%2e%2e/etc/passwd', 404),
    'two levels up, below papers': get('/papers/..%2f..%2fetc%2fpasswd', 404),
    'two levels up, encoded twice': get('/papers/%252e%252e%252fetc%252fpasswd', 404),
    'a file of the source': get('/src/settings.ts', 404),
    'a hidden file': get('/.env', 404),
    'the repository': get('/.git/config', 404),
    'a backslash': get('/..\\..\\windows\\win.ini', 404),
    'a version of the script that never was': get('/embed-0123456789abcdef.js', 404),
    'a version of the script outside of its directory': get('/embed-..%2f..%2fserver.js', 404),
    'a NUL': get('/papers/%00', 404),
    'a line break': get('/papers/2601.00001%0d%0aset-cookie:%20hurt=1', 404),
    'a line break in a feed': get('/feeds/papers.rss%0d%0aset-cookie:%20hurt=1', 404),
    'bytes that are no UTF-8': get('/papers/%ff%fe', 404),
    'half of an escape': get('/papers/%', 404),
    'overlong UTF-8': get('/papers/%c0%ae%c0%ae%c0%af', 404),
    'encoded slashes': get('/papers/a%2fb%2fc', 404),
    '15,000 characters': get(`/${'a'.repeat(15_000)}`, 404),
    '15,000 slashes': get('/'.repeat(15_000), 200),
    '7,000 levels': get('/a'.repeat(7_000), 404),
    '15,000 parentheses': get(`/papers/${'('.repeat(15_000)}`, 404),
    '15,000 dots': get(`/papers/${'.'.repeat(15_000)}`, 404),
    '15,000 digits': get(`/papers/${'1'.repeat(15_000)}`, 404),
    markup: { request: at(`/papers/${SCRIPT}`, HTML), status: 404, hides: NO_SCRIPT },
    'markup without a route': { request: at(`/${SCRIPT}`, HTML), status: 404, hides: NO_SCRIPT },
    'another host': get('http://elsewhere.example/papers/none', 404),
    'another scheme': get('file:///etc/passwd', 400),
    'of a user': get('http://user:password@elsewhere.example/nothing', 404),
    'no path': get('papers', 400),
    'an asterisk': get('*', 400),
    'zero-width characters': get('/papers/%e2%80%8b', 404),
    __proto__: get('/__proto__', 404),
    constructor: get('/api/papers/constructor', 404),
    'the metrics': get('/metrics', 404),
    'an administration': get('/admin', 404),
  }),

  ...family('feeds', {
    'an unknown parameter': get('/feeds/papers.rss?topic=VARIANT', 400),
    'a size of none': get('/feeds/papers.rss?first=0&query=VARIANT', 400),
    'a huge size': get('/feeds/papers.rss?first=999999999999999999999', 400),
    'a size that is no number': get('/feeds/papers.rss?first=1e3', 400),
    'a parameter twice': get('/feeds/papers.rss?first=3&first=4', 400),
    'a parameter 1,000 times': get(`/feeds/papers.rss?${times(1_000, 'first=3', '&')}`, 400),
    '2,000 parameters': get(`/feeds/papers.rss?${times(2_000, (n) => `a${n}=1`, '&')}`, 400),
    '5,000 topics': get(`/feeds/papers.rss?topics=${times(5_000, 'a', ',')}`, 400),
    'a NUL': get('/feeds/papers.rss?topics=a%00b', 400),
    'bytes that are no UTF-8': get('/feeds/papers.rss?topics=%ff%fe', 400),
    'the member __proto__': get('/feeds/papers.rss?__proto__=1', 400),
    'the member constructor': get('/feeds/papers.json?constructor=1', 400),
    'markup in RSS': get(`/feeds/papers.rss?query=${SCRIPT}VARIANT`, 200, { hides: NO_SCRIPT }),
    'markup in Atom': get(`/feeds/papers.atom?query=${SCRIPT}VARIANT`, 200, { hides: NO_SCRIPT }),
    'the end of CDATA': get(`/feeds/papers.rss?query=${encodeURIComponent(']]><hurt/>')}VARIANT`, 200, {
      hides: /<hurt/,
    }),
    'a character that XML does not have': get('/feeds/papers.rss?query=%EF%BF%BEa%0BVARIANT', 200, {
      hides: /\v|\ufffe/,
    }),
    'a day that does not exist': get('/feeds/editions/day/2026-02-30.rss', 400),
    'the year 99999': get('/feeds/editions/day/99999-01-01.rss', 400),
    'a day of 15,000 digits': get(`/feeds/editions/day/${'2'.repeat(15_000)}-01-01.rss`, 400),
    'a day above': get('/feeds/editions/day/..%2f..%2fetc.rss', 400),
    'the thirteenth month': get('/feeds/editions/month/2026-13.atom', 400),
    'an order that there is not': get('/feeds/papers.json?orderBy=CONSTRUCTOR', 400),
    'a form that there is not': get('/feeds/papers.php', 404),
    DELETE: { request: () => ({ method: 'DELETE', target: '/feeds/papers.rss' }), status: 405 },
    TRACE: {
      request: () => ({ method: 'TRACE', target: '/feeds/papers.rss', headers: { cookie: 'secret' } }),
      status: 405,
      hides: /secret/,
    },
    'a method that there is not': { request: () => ({ raw: 'HURT / HTTP/1.1\r\nhost: x\r\n\r\n' }), status: 400 },
  }),

  ...family('embedded lists', {
    'markup in a search': get(`/embed?query=${SCRIPT}VARIANT`, 200, { hides: NO_SCRIPT }),
    'markup in a theme': get(`/embed?theme=${SCRIPT}`, 400, { hides: NO_SCRIPT }),
    'markup in a topic': get(`/embed?topics=${SCRIPT}VARIANT`, 200, { hides: NO_SCRIPT }),
    'a quotation mark': get(`/embed?query=${encodeURIComponent('" onload="hurt()')}VARIANT`, 200, {
      hides: /" onload="hurt/,
    }),
    'an unknown parameter': get(`/embed?${SCRIPT}=1`, 400, { hides: NO_SCRIPT }),
    'a paper that there is not': get(`/embed/papers/${SCRIPT}`, 400, { hides: NO_SCRIPT }),
    'a huge size': get('/embed?first=1000000', 400),
  }),

  ...family('oEmbed', {
    'no address': get('/oembed?n=VARIANT', 400),
    'a file': get(oembed('file:///etc/passwd'), 404),
    'a script': get(oembed('javascript:hurt()'), 404),
    data: get(oembed('data:text/html,<script>hurt()</script>'), 404, { hides: NO_SCRIPT }),
    'an address of a cloud': get(oembed('http://169.254.169.254/latest/meta-data/'), 404),
    'another server': get(oembed('http://127.0.0.1:22/'), 404),
    'a user in front of this server': {
      request: (n, { url }) => ({
        target: `/oembed?n=${n}&url=${encodeURIComponent(`${url}@elsewhere.example/papers/2601.00001`)}`,
      }),
      status: 404,
    },
    'oEmbed of oEmbed': {
      request: (n, { url }) => ({
        target: `/oembed?n=${n}&url=${encodeURIComponent(`${url}/oembed?url=${url}/oembed`)}`,
      }),
      status: 404,
    },
    'a format that there is not': {
      request: (n, { url }) => ({ target: `/oembed?n=${n}&format=php&url=${encodeURIComponent(`${url}/`)}` }),
      status: 501,
    },
    'a negative width': {
      request: (_, { url, arxivId }) => ({
        target: `/oembed?maxwidth=-1&url=${encodeURIComponent(`${url}/papers/${arxivId}`)}`,
      }),
      status: 200,
    },
    'an infinite width': {
      request: (_, { url, arxivId }) => ({
        target: `/oembed?maxwidth=1e999&url=${encodeURIComponent(`${url}/papers/${arxivId}`)}`,
      }),
      status: 200,
    },
    'an address of 12,000 characters': get(oembed(`http://a.example/${'a'.repeat(12_000)}`), 404),
    'no address at all': get(oembed('http://['), 404),
    markup: get(oembed('</script><script>hurt()</script>'), 404, { hides: NO_SCRIPT }),
  }),

  ...family('the API of Hugging Face', {
    'a huge limit': get('/api/daily_papers?limit=999999999', 400),
    'a negative page': get('/api/daily_papers?p=-1', 400),
    'a huge page': get('/api/daily_papers?p=99999999999999999999', 200),
    'a day that does not exist': get('/api/daily_papers?date=2026-02-30', 400),
    'SQL as the order': get('/api/daily_papers?sort=votes;drop%20table%20papers', 400),
    'a search of nothing': get('/api/papers/search?q=', 400),
    'a search of 15,000 characters': get(`/api/papers/search?q=${'a'.repeat(15_000)}`, 400),
    'a paper two levels up': get('/api/papers/..%2f..%2f', 404),
    'another method': { request: () => ({ method: 'POST', target: '/api/daily_papers', body: '{}' }), status: 405 },
  }),
]
