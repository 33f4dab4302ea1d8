import { Api } from "@sightscreen/api"
import { HttpApi } from "effect/http-api"

/** Which methods a path has, for whoever asks by another one. */
interface Route {
  readonly method: string
  readonly shape: RegExp
}

const routes: ReadonlyArray<Route> = (() => {
  const all: Array<Route> = []
  HttpApi.reflect(Api.Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint: { method, path } }) => {
      const segments = path
        .split("/")
        .map((part) => (part.startsWith(":") ? "[^/]+" : part.replaceAll(".", "\\.")))
      all.push({ method, shape: new RegExp(`^${segments.join("/")}$`) })
    }
  })
  return all
})()

/** None where there is no such path. */
export const at = (url: string): ReadonlyArray<string> => {
  const [path = ""] = url.split("?")
  return routes.flatMap(({ method, shape }) =>
    shape.test(path) ? (method === "GET" ? ["GET", "HEAD"] : [method]) : []
  )
}
