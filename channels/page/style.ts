/** How the page looks: by day, by night, on a phone and on paper. */
export const style = `
:root { color-scheme: light dark; --ink: #1c1b19; --soft: #5a5750; --paper: #fdfcfa; --panel: #f4f1eb; --line: #d8d2c6;
  --gold: #7a5600; --gold-line: #c9971c; --gold-panel: #fbf3dc; --bad: #a1260d; --good: #1d6a34; --link: #0b57a4;
  --add: #e2f5e5; --cut: #fde8e4; }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e6df; --soft: #aba598; --paper: #171614; --panel: #211f1c; --line: #3b3832;
  --gold: #eac35f; --gold-line: #c9971c; --gold-panel: #2b2413; --bad: #ff9d88; --good: #86d59c; --link: #8fc1ff;
  --add: #14301d; --cut: #3a1a14; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 54rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: .85rem; font-weight: 600; color: var(--soft); margin: 0 0 .25rem; }
h3 { font-size: .8rem; font-weight: 600; color: var(--soft); margin: .75rem 0 .25rem; }
h2 time { font-weight: 400; margin-left: .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 0 0 1rem; }
dt { color: var(--soft); } dd { margin: 0; }
article, section { margin: 1.25rem 0; scroll-margin-top: 1rem; }
.user { background: var(--panel); border-radius: .5rem; padding: .75rem 1rem; }
pre, code { font: .85rem/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
pre { margin: .25rem 0; padding: .6rem .75rem; background: var(--panel); border-radius: .35rem; white-space: pre-wrap; }
.user > pre { padding: 0; background: none; font: inherit; }
:not(pre) > code { background: var(--panel); padding: .05rem .3rem; border-radius: .25rem; }
blockquote { margin: .5rem 0; padding-left: 1rem; border-left: 3px solid var(--line); color: var(--soft); }
.prose > :first-child { margin-top: 0; } .prose > :last-child { margin-bottom: 0; }
.wide { overflow-x: auto; } table { overflow-wrap: normal; border-collapse: collapse; margin: .5rem 0; }
th, td { border: 1px solid var(--line); padding: .25rem .6rem; text-align: left; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
details { margin: .4rem 0; border: 1px solid var(--line); border-radius: .35rem; padding: .3rem .75rem; }
details.bad { border-color: var(--bad); } details.loss { border-color: var(--gold-line); }
details.bad > summary { color: var(--bad); } details.good > summary > span { color: var(--good); }
summary { cursor: pointer; } .thinking > summary, .note, .end, .id { color: var(--soft); }
.note, .end { font-size: .875rem; margin: .4rem 0; } .note.loss, .note.degraded { color: var(--gold); }
.note.quarantined, .failure { color: var(--bad); }
.end { border-bottom: 1px solid var(--line); padding-bottom: 1rem; margin-bottom: 1.5rem; }
.seam { margin: .75rem 0; padding: .6rem 1rem; border-left: 4px solid var(--line); background: var(--panel); }
.seam p { margin: 0; } .seam.gold { border-color: var(--gold-line); background: var(--gold-panel); }
.seam.gold strong { color: var(--gold); } .seam.bad strong { color: var(--bad); } .seam.loss strong { color: var(--gold); }
.compaction { border: 1px dashed var(--line); border-radius: .5rem; padding: .75rem 1rem; }
.branch { border-top: 2px solid var(--gold-line); margin: 2rem 0 1rem; padding-top: .5rem; }
.diff ins { background: var(--add); text-decoration: none; } .diff del { background: var(--cut); text-decoration: none; }
.diff .where { color: var(--soft); }
.tree { list-style: none; margin: 0; padding: 0; } .tree .lead { white-space: pre; font-family: ui-monospace, monospace; color: var(--soft); }
.here { font-weight: 600; } figure { margin: .5rem 0; } img { max-width: 100%; height: auto; border-radius: .35rem; }
footer { color: var(--soft); font-size: .875rem; margin-top: 2rem; }
@media (max-width: 32rem) { body { padding: .75rem; } dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
@media print { body { max-width: none; } details::details-content { content-visibility: visible; block-size: auto; }
  .user, .seam, pre { break-inside: avoid-page; } }
`
