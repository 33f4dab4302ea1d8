import * as Text from "../push/Text.ts"
import type { Catalogue } from "./Environment.ts"
import type { Setting } from "./Setting.ts"

/** Every setting, as text for people. */

const holds = ({ kind, unit }: Setting<unknown>): string =>
  unit === null ? kind.wants : `${kind.wants} (${unit})`

const otherwise = ({ fallback, unit }: Setting<unknown>): string =>
  fallback === null
    ? "needed"
    : unit !== null && fallback.value !== null
      ? `${fallback.text} ${unit}`
      : fallback.text

const entry = (setting: Setting<unknown>): string => {
  const indent = "      "
  return [
    `  ${setting.name}`,
    Text.wrap(setting.means, indent),
    Text.wrap(holds(setting), `${indent}holds:   `),
    Text.wrap(otherwise(setting), `${indent}default: `),
    ...(setting.kind.secret
      ? [Text.wrap(`secret; ${setting.name}_FILE names a file that holds it`, indent)]
      : [])
  ].join("\n")
}

const opening =
  "Settings come from the environment. One that is set to nothing is not set; one that cannot be used, " +
  "or has a prefix of ours and is not listed here, keeps the server from starting."

export const text = (catalogue: Catalogue): string =>
  [
    Text.wrap(opening, ""),
    ...catalogue.flatMap(({ says, settings, title }) => [
      `${title}\n${Text.wrap(says, "  ")}`,
      ...Object.values(settings).map(entry)
    ])
  ].join("\n\n")

const cell = (text: string): string => text.replaceAll("|", "\\|")

/** The same as tables, for the documentation. */
export const markdown = (catalogue: Catalogue): string =>
  catalogue
    .map(({ says, settings, title }) =>
      [
        `### ${title}`,
        "",
        says,
        "",
        "| variable | means | holds | default |",
        "| --- | --- | --- | --- |",
        ...Object.values(settings).map(
          (one) =>
            `| \`${one.name}\`${one.kind.secret ? " (secret)" : ""} | ${cell(one.means)} | ${cell(holds(one))} | ${cell(otherwise(one))} |`
        )
      ].join("\n")
    )
    .join("\n\n")

/** The same for programs. */
export const json = (catalogue: Catalogue): string =>
  JSON.stringify(
    catalogue.flatMap(({ settings, title }) =>
      Object.values(settings).map(({ fallback, kind, means, name, unit }) => ({
        name,
        section: title,
        means,
        holds: kind.wants,
        unit,
        default: fallback?.text ?? null,
        needed: fallback === null,
        secret: kind.secret
      }))
    )
  )
