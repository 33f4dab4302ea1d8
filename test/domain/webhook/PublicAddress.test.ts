import { isIPv4, isIPv6 } from "node:net"
import { it } from "@effect/vitest"
import { Endpoint, PublicAddress } from "@sightscreen/domain"
import { Result, Schema } from "effect"
import { assert, describe } from "vitest"

const refused: ReadonlyArray<readonly [what: string, ...addresses: ReadonlyArray<string>]> = [
  ["this network", "0.0.0.0", "0.255.255.255"],
  ["private", "10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.1", "192.168.255.255"],
  ["shared by a provider's customers", "100.64.0.0", "100.127.255.255"],
  ["loopback", "127.0.0.1", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1"],
  ["link-local", "169.254.0.0", "169.254.169.254", "fe80::1", "febf::1"],
  ["for protocols", "192.0.0.0", "192.0.0.170"],
  ["for documentation", "192.0.2.1", "198.51.100.7", "203.0.113.255", "2001:db8::1", "3fff:fff::1"],
  ["a 6to4 relay", "192.88.99.1"],
  ["for the AS112 service", "192.31.196.1", "192.175.48.1", "2620:4f:8000::1"],
  ["for multicast tunnels", "192.52.193.1"],
  ["for benchmarks", "198.18.0.0", "198.19.255.255"],
  ["multicast", "224.0.0.1", "239.255.255.255", "ff02::1"],
  ["reserved", "240.0.0.1", "255.255.255.255"],
  [
    "an IPv4 address in IPv6",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::FFFF:10.0.0.1",
    "0:0:0:0:0:ffff:a9fe:a9fe",
    "::ffff:8.8.8.8"
  ],
  ["a translated IPv4 address", "::ffff:0:127.0.0.1"],
  ["unspecified, or an IPv4 address in an old form", "::", "::127.0.0.1", "::a00:1"],
  ["NAT64", "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b::8.8.8.8"],
  ["NAT64 of the house", "64:ff9b:1::10.0.0.1", "64:ff9b:1:ffff::1"],
  ["discarded", "100::1"],
  ["for protocols, Teredo among them", "2001::1", "2001:0:a00:1::", "2001:1ff::1"],
  ["6to4", "2002:7f00:1::", "2002:a00:1::1"],
  ["segment routing", "5f00::1"],
  ["private", "fc00::1", "fdff::1", "fd00:ec2::254"],
  ["site-local", "fec0::1"]
]

describe("an address that is not public", () => {
  for (const [what, ...addresses] of refused) {
    it(`is known: ${what}`, () => {
      for (const address of addresses)
        assert.match(PublicAddress.refusal(address)!, new RegExp(`: ${what}\\)$`), address)
    })
  }

  it("is any of IPv6 that was not given out", () => {
    for (const address of ["4000::1", "e000::1", "1::1", "200::1"])
      assert.match(PublicAddress.refusal(address)!, /is not public$/)
  })

  it("is what is no address, in whatever way others may read it", () => {
    for (const address of [
      "127.1",
      "2130706433",
      "0x7f000001",
      "0177.0.0.1",
      "127.0.0.01",
      "1.2.3.4.5",
      "256.1.1.1",
      "",
      "localhost",
      "fe80::1%eth0",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7:8:9",
      "12345::",
      "::1.2.3",
      "g::1"
    ])
      assert.match(PublicAddress.refusal(address)!, /is no address$/, address)
  })
})

describe("an address that is public", () => {
  it("is let through, to the very edge of what is not", () => {
    for (const address of [
      "8.8.8.8",
      "1.1.1.1",
      "9.255.255.255",
      "11.0.0.0",
      "100.63.255.255",
      "100.128.0.0",
      "126.255.255.255",
      "128.0.0.0",
      "169.253.255.255",
      "169.255.0.0",
      "172.15.255.255",
      "172.32.0.0",
      "191.255.255.255",
      "192.0.1.0",
      "192.167.255.255",
      "192.169.0.0",
      "198.17.255.255",
      "198.20.0.0",
      "223.255.255.255",
      "2600:1901::1",
      "2a00:1450:4001:80b::200e",
      "2001:200::1",
      "2001:4860:4860::8888",
      "2606:4700:4700::1111"
    ])
      assert.isNull(PublicAddress.refusal(address), address)
  })
})

const byte = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))

it.prop("an IPv4 address within IPv6 is never let through", [byte, byte, byte, byte], ([a, b, c, d]) => {
  const v4 = [a, b, c, d].join(".")
  for (const form of [`::ffff:${v4}`, `::${v4}`, `64:ff9b::${v4}`, `64:ff9b:1::${v4}`, `::ffff:0:${v4}`]) {
    assert.isTrue(isIPv6(form))
    assert.isNotNull(PublicAddress.refusal(form), form)
  }
})

it.prop("an address is read as Node reads it", [byte, byte, Schema.Int, Schema.Int], ([a, b, c, d]) => {
  const hex = (n: number) => (n & 0xffff).toString(16)
  for (const text of [
    `${a}.${b}.${c & 0xff}.${d & 0xff}`,
    `${hex(c)}::${hex(d)}`,
    `${hex(c)}:${hex(d)}:${a}`,
    `::${hex(d)}`
  ])
    assert.strictEqual(PublicAddress.parse(text) !== null, isIPv4(text) || isIPv6(text), text)
})

describe("an endpoint", () => {
  const cases: ReadonlyArray<readonly [url: string, near: boolean, says: string | null]> = [
    ["https://example.com/hook?x=1", false, null],
    ["https://example.com:8443/hook", false, null],
    ["https://8.8.8.8/", false, null],
    ["http://example.com/", false, "it is not https"],
    ["ftp://example.com/", false, "it is not https"],
    ["file:///etc/passwd", true, "it is not https"],
    ["https://127.0.0.1/", false, "127.0.0.1 is not public (127.0.0.0/8: loopback)"],
    // As programs read it, and as they connect.
    ["https://0x7f.1/", false, "127.0.0.1 is not public (127.0.0.0/8: loopback)"],
    ["https://2130706433/", false, "127.0.0.1 is not public (127.0.0.0/8: loopback)"],
    [
      "https://[::ffff:7f00:1]/",
      false,
      "::ffff:7f00:1 is not public (::ffff:0:0/96: an IPv4 address in IPv6)"
    ],
    ["https://169.254.169.254/latest", false, "169.254.169.254 is not public (169.254.0.0/16: link-local)"],
    ["https://me:word@example.com/", false, "it holds a name or a password; the signature says who sends"],
    ["https://example.com/#part", false, "it has a fragment, which is never sent"],
    ["example.com/hook", false, "it is no address such as https://example.com/hook"],
    [`https://example.com/${"x".repeat(2048)}`, false, "it is longer than 2048 signs"],
    ["http://127.0.0.1:8080/hook", true, null],
    ["http://[::1]:8080/hook", true, null],
    ["http://10.0.0.1/hook", true, "it is not https"],
    ["https://10.0.0.1/hook", true, "10.0.0.1 is not public (10.0.0.0/8: private)"],
    ["http://localhost/hook", true, "it is not https"]
  ]
  for (const [url, near, says] of cases) {
    it(`${says === null ? "is" : "is not"} ${url.slice(0, 60)}${near ? ", nearby" : ""}`, () => {
      const parsed = Endpoint.parse(url, near)
      assert.strictEqual(Result.isFailure(parsed) ? parsed.failure : null, says)
    })
  }
})
