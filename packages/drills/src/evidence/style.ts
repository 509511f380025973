/** For screens and for A4; colours are never the only sign of anything. */
export const style = `
@page {
  size: A4;
  margin: 16mm 15mm 18mm;
  @bottom-right { content: "Page " counter(page) " of " counter(pages); font: 8pt sans-serif; color: #667; }
}
* { box-sizing: border-box; }
html { background: #eceff3; }
body {
  max-width: 210mm; margin: 24px auto; padding: 14mm 15mm; background: #fff; color: #1c2430;
  font: 14px/1.5 "Segoe UI", "Helvetica Neue", Arial, "Liberation Sans", sans-serif;
  print-color-adjust: exact; -webkit-print-color-adjust: exact;
}
header { display: flex; justify-content: space-between; align-items: flex-start; gap: 24px; padding-bottom: 14px; border-bottom: 3px solid #1f3a5f; }
.maker { margin: 0; font-size: 11px; font-weight: 600; letter-spacing: .14em; text-transform: uppercase; color: #1f3a5f; }
h1 { margin: 2px 0 0; font-size: 25px; line-height: 1.25; font-weight: 650; }
h2 { margin: 28px 0 8px; font-size: 15px; font-weight: 650; color: #1f3a5f; break-after: avoid; }
h3 { margin: 0 0 4px; font-size: 14px; font-weight: 600; break-after: avoid; }
p { margin: 6px 0; }
.lead { margin: 16px 0 0; font-size: 16px; }
.note, small { font-size: 12px; color: #566172; }
.badge { display: inline-block; padding: 1px 9px; border-radius: 10px; font-size: 12px; font-weight: 600; white-space: nowrap; }
header .badge { margin-top: 8px; padding: 7px 20px; border-radius: 4px; font-size: 17px; letter-spacing: .08em; text-transform: uppercase; }
.passed, .met, .proven { background: #dff2e6; color: #14603a; }
.failed, .missed, .overdue { background: #fbe0de; color: #9b1c14; }
.errored, .unproven { background: #fdeccb; color: #7a4b00; }
header .passed { background: #1b7a4b; color: #fff; }
header .failed { background: #b3261e; color: #fff; }
header .errored { background: #a86400; color: #fff; }
.box { margin: 16px 0 0; padding: 10px 14px; border-left: 4px solid #b3261e; background: #fdf3f2; }
.box.errored { border-color: #a86400; background: #fef8ec; }
.box.failed, .box.errored { color: inherit; }
table { width: 100%; border-collapse: collapse; font-size: 13px; }
th, td { padding: 6px 8px; text-align: left; vertical-align: top; border-bottom: 1px solid #dde2e9; overflow-wrap: anywhere; }
th { font-size: 11px; font-weight: 600; letter-spacing: .03em; color: #566172; overflow-wrap: normal; }
thead { display: table-header-group; }
thead th { border-bottom: 2px solid #b9c2ce; vertical-align: bottom; }
tbody th, tfoot th { width: 32%; font-size: 13px; letter-spacing: 0; }
.wide { font-size: 12px; }
tfoot { display: table-row-group; }
tr, .whole { break-inside: avoid; }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
th.n { white-space: normal; }
.short { width: 1%; }
.short, .date { white-space: nowrap; }
.more td { padding-top: 0; }
.headed td { border-bottom: 0; }
.bar { display: block; height: 9px; min-width: 2px; margin-top: 6px; background: #5b7fa8; border-radius: 2px; }
pre, code { font: 11.5px/1.5 "Liberation Mono", Menlo, Consolas, monospace; }
pre { margin: 4px 0; padding: 7px 10px; background: #f4f6f9; border: 1px solid #dde2e9; border-radius: 3px; white-space: pre-wrap; overflow-wrap: anywhere; }
code { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px 20px; margin: 16px 0 0; }
dl div { overflow-wrap: anywhere; }
dt { font-size: 11px; font-weight: 600; color: #566172; }
dd { margin: 0; font-size: 15px; font-weight: 600; }
.red { color: #9b1c14; }
.charts { display: grid; grid-template-columns: 1fr 1fr; gap: 16px 22px; }
.charts figure { margin: 0; }
svg { display: block; width: 100%; height: auto; }
svg text { font: 9px "Liberation Sans", Arial, sans-serif; fill: #566172; }
.sign td { height: 44px; }
footer { margin-top: 26px; padding-top: 8px; border-top: 1px solid #dde2e9; }
@media print {
  html { background: none; }
  body { max-width: none; margin: 0; padding: 0; font-size: 9.5pt; }
  table, tbody th, tfoot th { font-size: 8.5pt; }
  .wide { font-size: 8pt; }
  .lead { font-size: 11pt; }
}
`
