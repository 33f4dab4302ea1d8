import type { Report } from "@sightscreen/simulation"
import * as Figures from "./Figures.ts"
import * as Innings from "./Innings.ts"
import * as Svg from "./Svg.ts"
import * as Timeline from "./Timeline.ts"

/**
 * A run as one HTML file that needs nothing else: it opens from a disk, without a network, light or dark, on a phone's width.
 */
export interface Assets {
  readonly style: string
  readonly script: string
}

export const render = (report: Report.Report, assets: Assets): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${Svg.escape(report.match.title)} · seed ${report.run.seed}</title>
<style>${assets.style}</style>
</head>
<body>
<main>
${head(report)}
${tiles(report)}
${moment(report)}
${innings(report)}
${figures(report)}
${events(report)}
${checks(report)}
</main>
<script type="application/json" id="report">${embedded(report)}</script>
<script>${assets.script}</script>
</body>
</html>
`

/** No text inside can end the element that it stands in. */
const embedded = (report: Report.Report): string => JSON.stringify(report).replaceAll("<", "\\u003c")

const head = ({ match, run }: Report.Report): string => {
  const good = run.verdict === "passed"
  return `<header>
<div><h1>${Svg.escape(match.title)}</h1>
<p>${Svg.escape(match.subtitle)}</p>
<p><b>${Svg.escape(match.result)}</b></p>
<p class="soft mono">seed ${run.seed} · ${Svg.escape(run.gear)} gear · commit ${Svg.escape(run.commit)} · digest ${Svg.escape(run.digest)}</p></div>
<div class="verdict ${good ? "" : "bad"}">${Svg.escape(run.verdict)}</div>
</header>`
}

const tiles = ({ faults, lasts, run }: Report.Report): string => {
  const befell = faults.reduce((sum, { times }) => sum + times, 0)
  const kinds = faults.filter(({ times }) => times > 0).length
  const broken = run.checks.reduce((sum, { violations }) => sum + violations.length, 0)
  const { explained, showingFinalState, total } = run.phones
  const all: ReadonlyArray<readonly [string, string]> = [
    [`${showingFinalState} of ${total}`, "phones show the final state"],
    [`${explained}`, "more with a reason not to"],
    [number(run.pushes.sent), "pushes sent"],
    [number(run.pushes.byPriority["10"] ?? 0), "of them at priority 10"],
    [number(befell), `${befell === 1 ? "fault" : "faults"} of ${kinds} ${kinds === 1 ? "kind" : "kinds"}`],
    [`${broken}`, `${broken === 1 ? "violation" : "violations"} of the checks`],
    [Svg.clock(lasts), "of virtual time"],
    [`${number(Math.round(lasts / Math.max(0.001, run.wallSeconds)))} ×`, "faster than life"]
  ]
  return `<div class="tiles">${all
    .map(
      ([value, name]) =>
        `<div class="tile"><b>${Svg.escape(value)}</b><span class="soft">${Svg.escape(name)}</span></div>`
    )
    .join("")}</div>`
}

const number = (value: number): string => value.toLocaleString("en-GB")

const moment = (report: Report.Report): string => {
  // Of phones that ended wrong the first, else one that shows something.
  const wrong = report.phones.findIndex(({ end }) => end === "wrong")
  const chosen = wrong >= 0 ? wrong : report.phones.findIndex(({ end }) => end === "right")
  return `<section class="timeline wide">
<h2>The run, from left to right</h2>
${Timeline.draw(report)}
<div class="controls"><button id="play" type="button">Play</button><span class="mono" id="at"></span>
<select id="phone" aria-label="Phone">${report.phones
    .map(
      ({ end, id, traits }, nth) =>
        `<option value="${nth}"${nth === chosen ? " selected" : ""}>${Svg.escape(`${id} · ${traits}${end === "right" ? "" : ` · ${end}`}`)}</option>`
    )
    .join("")}</select>
${report.untold === 0 ? "" : `<span class="soft">${number(report.untold)} phones that ended right are not told of one by one</span>`}</div>
<input id="slider" type="range" min="0" max="${Math.ceil(report.lasts)}" step="1" value="${Math.ceil(report.lasts / 2)}"
  data-left="${Timeline.left}" data-right="${Timeline.right}" aria-label="Moment of the run">
<div class="moment">
<div><h2>Its story <span class="tag" id="end"></span></h2><p class="soft" id="why"></p>
<div class="scroll" id="told"><table><tbody id="story"></tbody></table></div></div>
<div class="device" id="device" role="group" aria-label="Lock Screen"></div>
</div>
</section>`
}

const innings = ({ match }: Report.Report): string => {
  if (match.innings.length === 0) return ""
  const overs = Math.max(1, ...match.innings.map((one) => one.overs.length))
  const most = Math.max(1, ...match.innings.flatMap((one) => one.overs.map(({ runs }) => runs)))
  return `<section><h2>The match</h2>
<figure class="wide">${Innings.worm(match.innings)}<figcaption>Worm: runs as they add up; circles are wickets</figcaption></figure>
<div class="two">
${match.innings.map((one) => `<figure>${Innings.manhattan(one, overs, most)}<figcaption>Manhattan of ${Svg.escape(one.code)}</figcaption></figure>`).join("")}
</div></section>`
}

const figures = (report: Report.Report): string => {
  const half = Figures.quantile(report.latencies, 0.5)
  const most = Figures.quantile(report.latencies, 0.99)
  const latency =
    half === null || most === null
      ? "Nothing reached a screen"
      : `From the decision to the screen: half within ${half.toFixed(1)} s, 99 % within ${most.toFixed(1)} s`
  return `<section><h2>What it took</h2><div class="two">
<figure>${Figures.urgency(report)}<figcaption>Updates at priority 10 that came within the hour before: what Apple's budget is spent on</figcaption></figure>
<figure>${Figures.latency(report)}<figcaption>${Svg.escape(latency)}</figcaption></figure>
<figure>${Figures.tokens(report)}<figcaption>Tokens: good ones, those that died on their phones, those that the server gave up</figcaption></figure>
<figure>${counts("Pushes", report.run.pushes.byKind)}${counts("Answers", report.run.pushes.byVerdict)}</figure>
</div></section>`
}

const counts = (name: string, all: Readonly<Record<string, number>>): string =>
  `<table><thead><tr><th>${name}</th><th></th></tr></thead><tbody>${Object.entries(all)
    .sort(([, a], [, b]) => b - a)
    .map(([key, value]) => `<tr><td>${Svg.escape(key)}</td><td>${number(value)}</td></tr>`)
    .join("")}</tbody></table>`

const events = (report: Report.Report): string => `<section>
<h2>What happened, and what was told of it</h2>
<div class="controls"><input id="search" type="search" placeholder="Search: wicket, cooldown, 2/17 …" aria-label="Search events"></div>
<div class="scroll"><table><thead><tr><th>Time</th><th>Ball</th><th>Event</th><th>Fate</th><th>Sent</th><th>Why</th></tr></thead><tbody id="events">
${report.events
  .map(
    (one) => `<tr><td class="time-cell">${Svg.clock(one.at)}</td><td>${Svg.escape(one.where)}</td>
<td>${Svg.escape(one.headline)}</td><td>${Svg.escape(one.fate)}</td>
<td>${one.priority === null ? "" : `<span class="tag p${one.priority}">p${one.priority}${one.buzzed ? " · buzz" : ""}</span>`}</td>
<td class="soft">${Svg.escape(one.note)}</td></tr>`
  )
  .join("\n")}
</tbody></table></div></section>`

const checks = ({ faults, run }: Report.Report): string => `<div class="two"><section>
<h2>Checks</h2><table><tbody>${run.checks
  .map(
    ({ name, violations }) =>
      `<tr><td><span class="tag ${violations.length === 0 ? "kept" : "violated"}">${violations.length === 0 ? "kept" : `${violations.length} ×`}</span></td><td>${Svg.escape(name)}${violations
        .slice(0, 5)
        .map((one) => `<div class="mono">${Svg.escape(one)}</div>`)
        .join("")}</td></tr>`
  )
  .join("")}</tbody></table></section>
${befallen(faults)}</div>`

const befallen = (faults: Report.Report["faults"]): string => {
  const some = faults.filter(({ times }) => times > 0).sort((a, b) => b.times - a.times)
  const idle = faults.filter(({ times }) => times === 0).map(({ kind }) => kind)
  const rows = some.map(
    ({ description, kind, times }) =>
      `<tr><td><span class="mono">${Svg.escape(kind)}</span><div class="soft">${Svg.escape(description)}</div></td><td>${number(times)} ×</td></tr>`
  )
  return `<section><h2>Faults</h2>${rows.length === 0 ? `<p class="soft">None befell.</p>` : `<div class="scroll"><table><tbody>${rows.join("")}</tbody></table></div>`}${idle.length === 0 ? "" : `<p class="soft">Might have befallen, and did not: <span class="mono">${Svg.escape(idle.join(", "))}</span></p>`}</section>`
}
