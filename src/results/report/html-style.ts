/** How a report looks: the colours of the page of `view`, light and dark, on a screen and on paper. */
export const reportStyle = `
:root{--back:#fff;--panel:#f6f7f8;--line:#dfe2e6;--text:#16191d;--faint:#5a6472;--accent:#0b5cc4;--bad:#b3261e;--warn:#8a5200;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--back:#14161a;--panel:#1b1e24;--line:#2f343c;--text:#e4e7eb;--faint:#9aa5b4;--accent:#7cb3ff;--bad:#ff8a80;--warn:#e0a458}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1120px;padding:24px 20px 64px;background:var(--back);color:var(--text);font:14px/20px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
h1,h2,h3,h4,p,dl,dd{margin:0}
h1{font-size:24px;line-height:32px;overflow-wrap:anywhere}
h2{font-size:16px;line-height:24px;margin:36px 0 10px;padding-bottom:4px;border-bottom:1px solid var(--line)}
h3{font-size:14px;overflow-wrap:anywhere}
h4{font-size:12px;margin-top:8px;color:var(--faint);font-weight:600}
small{font-size:12px;font-weight:400;color:var(--faint)}
a{color:var(--accent)}
.figures{display:flex;flex-wrap:wrap;gap:12px 32px;margin-top:12px}
.figures dt{font-size:12px;line-height:16px;color:var(--faint)}
.figures dd{font-size:18px;line-height:24px;font-weight:600}
nav{display:flex;flex-wrap:wrap;gap:4px 16px;margin-top:16px;padding-top:10px;border-top:1px solid var(--line)}
nav a{text-decoration:none}
nav a:hover{text-decoration:underline}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:13px}
th,td{padding:3px 20px 3px 0;text-align:left;vertical-align:top;font-weight:400;max-width:520px;overflow-wrap:break-word}
thead th{color:var(--faint);font-size:12px;white-space:nowrap;overflow-wrap:normal}
tbody tr{border-top:1px solid var(--line)}
.number{text-align:right;white-space:nowrap}
.note,.facts{color:var(--faint);font-size:13px;margin-top:6px;overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(320px,1fr));gap:24px 32px}
.bars{width:100%;margin-top:6px;table-layout:fixed}
.bars tbody tr{border:0}
.bars th,.bars td{padding:1px 10px 1px 0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.bars th{width:38%}
.bars .number{width:64px}
.bars svg{display:block;width:100%;height:8px;margin-top:6px}
.bars rect{fill:var(--accent)}
.row{border-top:1px solid var(--line);margin:0;padding:4px 0}
.row summary,p.row{cursor:pointer;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
p.row{cursor:default;color:var(--faint)}
.row[open]>summary{font-weight:600}
.at{display:inline-block;min-width:44px;color:var(--faint);text-align:right;padding-right:8px}
.dropped{color:var(--bad)}
.open{color:var(--warn)}
.row dl{display:grid;grid-template-columns:minmax(96px,180px) minmax(0,1fr);gap:8px 16px;padding:10px 0 14px 52px}
.row dt{color:var(--faint);overflow-wrap:anywhere}
.row dd{white-space:pre-wrap;overflow-wrap:anywhere}
.row dd.null{color:var(--faint);font-style:italic}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--panel);border:1px solid var(--line);padding:12px;font:12px/17px ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
summary{cursor:pointer}
:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
@media (max-width:600px){.row dl{grid-template-columns:minmax(0,1fr);gap:0 0;padding-left:12px}.row dd{margin-bottom:8px}.cards{grid-template-columns:minmax(0,1fr)}}
@media print{body{max-width:none;padding:0}nav{display:none}article,tr{break-inside:avoid}}
`
