/* What the page does with the report it carries: a slider through time, a phone of one's choice, a search. */
const report = JSON.parse(document.getElementById("report").textContent)
const find = (id) => document.getElementById(id)
const slider = find("slider")
const chosen = find("phone")

const make = (name, style, said) => {
  const element = document.createElement(name)
  if (style) element.className = style
  if (said !== undefined) element.textContent = said
  return element
}

const clock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds))
  const two = (number) => String(number).padStart(2, "0")
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`
}

/** The last of those that have begun. */
const latest = (all, at, begun = (one) => one[0]) => {
  let found
  for (const one of all) if (begun(one) <= at) found = one
  return found
}

const row = (first, last, style) => {
  const line = make("div", `line ${style ?? ""}`)
  line.append(make("span", "", first), make("span", "", last))
  return line
}

const phases = {
  pre: "soon",
  live: "live",
  innings_break: "innings break",
  completed: "result",
  abandoned: "abandoned"
}

const activity = (screen) => {
  const { compact = {}, expanded = {}, keyEvent, stale } = screen
  const card = make("div", `activity ${stale ? "stale" : ""}`)
  card.append(row(expanded.title ?? "", stale ? "out of date" : (phases[screen.phase] ?? ""), "dim"))
  card.append(row(`${expanded.battingCode ?? ""} ${expanded.score ?? ""}`, expanded.overs ?? "", "score"))
  const rates = [expanded.runRate, expanded.requiredRate].filter(Boolean).join(" · ")
  if (rates || expanded.target) card.append(row(rates, expanded.target ?? "", "dim"))
  if (expanded.equation) card.append(make("div", "", expanded.equation))
  for (const batter of expanded.batters ?? [])
    card.append(row(`${batter.isOnStrike ? "▸ " : ""}${batter.name}`, batter.line))
  if (expanded.bowler) card.append(row(`○ ${expanded.bowler.name}`, expanded.bowler.line, "dim"))
  if (expanded.lastBalls?.length > 0) {
    const balls = make("div", "balls")
    for (const ball of expanded.lastBalls)
      balls.append(make("i", /^W(?!d)/.test(ball) ? "out" : /^[46]/.test(ball) ? "many" : "", ball))
    card.append(balls)
  }
  if (keyEvent) card.append(make("div", "news", `★ ${keyEvent.headline}`))
  if (keyEvent?.detail) card.append(make("div", "dim", keyEvent.detail))
  if (expanded.statusLine) card.append(make("div", "dim", expanded.statusLine))
  return [compact, card]
}

const draw = () => {
  const at = Number(slider.value)
  const phone = report.phones[Number(chosen.value)]
  const now = find("now")
  const { left, right } = slider.dataset
  const x = Number(left) + (at / Math.max(1, report.lasts)) * (Number(right) - Number(left))
  now.setAttribute("d", now.getAttribute("d").replace(/^M[\d.]+/, `M${x.toFixed(1)}`))
  find("at").textContent = clock(at)
  slider.setAttribute("aria-valuetext", clock(at))

  const device = find("device")
  const shown = phone === undefined ? undefined : latest(phone.shows, at)
  const screen = shown === undefined || shown[1] === null ? undefined : report.screens[shown[1]]
  device.replaceChildren()
  const island = make("div", "island")
  device.append(island, make("div", "time", clock(at).slice(0, -3)))
  if (screen === undefined) {
    island.append(make("span", "", " "))
    device.append(make("div", "none", "Nothing on the Lock Screen"))
  } else {
    const [compact, card] = activity(screen)
    island.append(make("span", "", compact.leading ?? ""), make("span", "", compact.trailing ?? ""))
    device.append(card)
  }

  const story = find("story")
  story.replaceChildren()
  const lines = phone?.story ?? []
  const present = latest(lines, at, (line) => line.at)
  for (const line of lines) {
    const entry = make("tr", line === present ? "current" : line.at > at ? "later" : "")
    const tag = make("td")
    tag.append(make("span", `tag ${line.kind}`, line.kind))
    entry.append(make("td", "time-cell", clock(line.at)), tag, make("td", "", line.text))
    story.append(entry)
    if (line === present) find("told").scrollTop = entry.offsetTop - 120
  }
  find("end").className = `tag ${phone?.end ?? ""}`
  find("end").textContent = phone?.end ?? ""
  find("why").textContent = phone?.why ?? ""
}

/** Moves through time while it is held down or set going, the whole run in half a minute. */
let going
const play = find("play")
play.addEventListener("click", () => {
  if (going !== undefined) {
    clearInterval(going)
    going = undefined
  } else {
    if (Number(slider.value) >= report.lasts) slider.value = "0"
    going = setInterval(() => {
      slider.value = String(Number(slider.value) + report.lasts / 600)
      draw()
      if (Number(slider.value) >= report.lasts) play.click()
    }, 50)
  }
  play.textContent = going === undefined ? "Play" : "Stop"
})

slider.addEventListener("input", draw)
chosen.addEventListener("change", draw)
document.querySelector(".timeline svg").addEventListener("click", (event) => {
  const svg = event.currentTarget
  const { left, right } = slider.dataset
  const box = svg.getBoundingClientRect()
  const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width
  slider.value = String(((x - Number(left)) / (Number(right) - Number(left))) * report.lasts)
  draw()
})
find("search").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase()
  for (const line of find("events").rows) line.hidden = !line.textContent.toLowerCase().includes(wanted)
})
draw()
