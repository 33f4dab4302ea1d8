/** A text as it is, or a key into the app's own translations. */
export type Text = string | { readonly "loc-key": string; readonly "loc-args"?: ReadonlyArray<string> }
