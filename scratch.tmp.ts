import { readFileSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import { startDatabase } from './src/db/start.ts'
import { openDatabase } from './src/db/client.ts'
import { impactsOf } from './src/search/impact.ts'
const running = await startDatabase({ databaseUrl: null, dataDir: '/tmp/core/' + process.argv[2] }, console.error)
const { db, close } = openDatabase(running.url, { connections: 2, statementTimeout: 0 })
const docs = readFileSync('/work/shared/data/ir/scifact-train/corpus.jsonl','utf8').trim().split('\n').map(l=>JSON.parse(l))
await db.execute(sql`truncate search_postings, search_papers, search_terms, papers cascade`)
console.time('load')
for (let i=0;i<docs.length;i+=500){ const part=docs.slice(i,i+500)
 await db.execute(sql`insert into papers(title,abstract,published_at,facts_as_of) select t,a,now(),now() from unnest(${sql.param(part.map(d=>d.title))}::text[],${sql.param(part.map(d=>d.text))}::text[]) as u(t,a)`)
}
const rows = await db.execute<{id:string,title:string,abstract:string}>(sql`select id,title,abstract from papers order by id`)
const ids=new Map<string,number>(); const T:[number,number,number][]=[]; const df:number[]=[]; const P:any[]=[]
for(const r of rows){const {impacts,words}=impactsOf({title:r.title,abstract:r.abstract,authors:[]});const e=[...impacts].map(([t,w])=>{let id=ids.get(t);if(id===undefined){id=ids.size+1;ids.set(t,id)};df[id]=(df[id]??0)+1;return [id,w] as [number,number]}).sort((a,b)=>a[0]-b[0]);P.push([Number(r.id),e.map(x=>x[0]),e.map(x=>x[1]),words])}
console.timeLog('load','analyzed')
const terms=[...ids]
await db.execute(sql`insert into search_terms(id,generation,term,paper_count) overriding system value select * from unnest(${sql.param(terms.map(t=>t[1]))}::int[],${sql.param(terms.map(()=>1))}::smallint[],${sql.param(terms.map(t=>t[0]))}::text[],${sql.param(terms.map(t=>df[t[1]]))}::int[])`)
for(let i=0;i<P.length;i+=500){const part=P.slice(i,i+500)
 for (const p of part) await db.execute(sql`insert into search_papers values (${p[0]},1,${sql.param(p[1])}::int[],${sql.param(p[2])}::smallint[],${p[3]})`)
}
await db.execute(sql`insert into search_postings(term_id,impact,paper_id) select t,i,paper_id from search_papers, unnest(term_ids,impacts) as u(t,i) order by 1,2,3`)
await db.execute(sql`update search_generations set paper_count=${P.length}`)
await db.execute(sql`vacuum analyze`)
console.timeEnd('load')
await close(); await running.stop()
