/**
 * What a Swift type looks like to a decoder, as data: so that an app's version can be kept, compared and replayed.
 */
export type Shape =
  | { readonly _tag: "String" }
  | { readonly _tag: "Int" }
  | { readonly _tag: "Double" }
  | { readonly _tag: "Bool" }
  | { readonly _tag: "Date" }
  | { readonly _tag: "Enum"; readonly name: string; readonly cases: ReadonlyArray<string> }
  | { readonly _tag: "Array"; readonly of: Shape }
  | { readonly _tag: "Object"; readonly fields: Readonly<Record<string, Field>> }

export interface Field {
  readonly shape: Shape
  readonly optional: boolean
}

export const string: Shape = { _tag: "String" }

/** 64 bits, signed, as on every iPhone that knows Live Activities. */
export const int: Shape = { _tag: "Int" }

export const double: Shape = { _tag: "Double" }

export const bool: Shape = { _tag: "Bool" }

/** A Double of seconds since 2001-01-01T00:00:00Z (Apple: `JSONDecoder.DateDecodingStrategy.deferredToDate`, the default). */
export const date: Shape = { _tag: "Date" }

/** A Swift `enum` of strings; it knows no other case. */
export const oneOf = (name: string, cases: ReadonlyArray<string>): Shape => ({ _tag: "Enum", name, cases })

export const array = (of: Shape): Shape => ({ _tag: "Array", of })

export const optional = (shape: Shape): Field => ({ shape, optional: true })

/** A Swift `struct`; a bare shape is a field it cannot do without. */
export const object = (fields: Readonly<Record<string, Shape | Field>>): Shape => ({
  _tag: "Object",
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, it]) => [name, "shape" in it ? it : { shape: it, optional: false }])
  )
})
