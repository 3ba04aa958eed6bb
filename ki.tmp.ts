import { sql } from 'drizzle-orm'
import { startDatabase } from './src/db/start.ts'
import { openDatabase } from './src/db/client.ts'
import { searchPapers } from './src/lists/search.ts'
import { wordsOf, isStopWord } from './src/search/text.ts'
const running = await startDatabase({ databaseUrl: null, dataDir: '/tmp/core/hf' }, ()=>{})
const { db, close } = openDatabase(running.url, { connections: 2, statementTimeout: 0 })
let s=+(process.env.SEED??7); const rnd=()=>{s=(s*1103515245+12345)&0x7fffffff;return s/0x7fffffff}
const rows=await db.execute<any>(sql`select p.id::int id,title,array(select name from authors a join paper_authors pa on a.id=pa.author_id where pa.paper_id=p.id order by position) names from papers p where exists(select from search_papers s where s.paper_id=p.id) order by md5(p.id::text||${String(s)}) limit 500`)
const ask=async(q:string)=>searchPapers(db,{query:q,filter:{},scope:{}},{limit:20,after:null,before:null,backwards:false})
let ok=0,mis=0;const fails:string[]=[]
for(const [i,r] of rows.entries()){let w=r.title.split(/\s+/).filter(Boolean);const keep=w.filter(()=>rnd()>.3);w=keep.length?keep:w
 if(i%3===0){const c=w.map((x:string,j:number)=>[x,j]).filter(([x]:any)=>/^[A-Za-z]{5,}$/.test(x));if(c.length){const [x,j]=c[Math.floor(rnd()*c.length)] as any;const k=1+Math.floor(rnd()*(x.length-2));const m=Math.floor(rnd()*4);const L='abcdefghijklmnopqrstuvwxyz';w[j]=m===0?x.slice(0,k)+x[k+1]+x[k]+x.slice(k+2):m===1?x.slice(0,k)+x.slice(k+1):m===2?x.slice(0,k)+x[k]+x.slice(k):x.slice(0,k)+L[Math.floor(rnd()*26)]+x.slice(k+1);mis++}}
 const q=w.join(' ');const a=await ask(q);if(a.paperIds[0]===r.id)ok++;else fails.push(`${a.paperIds.indexOf(r.id)} | ${q} | ${a.correctedQuery} | ${r.title}`)}
console.log('titles first',ok/rows.length,'misspelled',mis);console.log(fails.slice(0,25).join('\n'))
for (const mode of ['any','first','last']) for (const order of [0,1]) {
let ok5=0,n=0;const f:string[]=[]
for(const r of rows){if(!r.names.length)continue;const name=mode==='any'?r.names[Math.floor(rnd()*r.names.length)]:mode==='first'?r.names[0]:r.names.at(-1);const sur=name.split(/\s+/).at(-1);const tw=r.title.split(/[^\p{L}\p{N}-]+/u).filter((x:string)=>x.length>3&&!isStopWord(x.toLowerCase()));if(!tw.length)continue;const t=tw[Math.floor(rnd()*tw.length)];const q=order?t+' '+sur:sur+' '+t;const a=await ask(q);n++;if(a.paperIds.slice(0,5).includes(r.id))ok5++;else f.push(`${a.paperIds.indexOf(r.id)} of ${a.paperIds.length} | ${q} | ${a.correctedQuery??''} | ${r.title}`)}
console.log(mode,order,'surname+word in 5',ok5/n,n);if(!order&&mode!=='last')console.log(f.slice(0,25).join('\n'))}
await close(); await running.stop()
