import { H2 } from "@sightscreen/apns"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"

const { ErrorCode, HpackDecoder, HpackEncoder, HpackTable, Huffman } = H2

const bytes = (hex: string) => Buffer.from(hex.replaceAll(/\s/g, ""), "hex")
const limits = { tableBytes: 4096, listBytes: 16_384, blockBytes: 16_384 }

const read = (decoder: H2.HpackDecoder.Decoder, block: Buffer) => {
  const fields: Array<string> = []
  const code = decoder.decode(block, 0, block.length, {
    field: (name, value) => fields.push(`${name}: ${value}`)
  })
  return { code, fields }
}
const codeOf = (hex: string, more: Partial<H2.HpackDecoder.Limits> = {}) =>
  read(new HpackDecoder.Decoder({ ...limits, ...more }), bytes(hex)).code

describe("Huffman", () => {
  it("gives back every symbol, alone and among all", () => {
    const out = new Uint8Array(1024)
    for (let symbol = 0; symbol < 256; symbol++) {
      const coded = Huffman.encode(Uint8Array.of(symbol))
      assert.strictEqual(Huffman.decode(coded, 0, coded.length, out), 1)
      assert.strictEqual(out[0], symbol)
    }
    const all = Uint8Array.from({ length: 256 }, (_, symbol) => symbol)
    const coded = Huffman.encode(all)
    assert.strictEqual(Huffman.decode(coded, 0, coded.length, out), 256)
    assert.deepStrictEqual(out.slice(0, 256), all)
  })

  const broken: ReadonlyArray<readonly [string, string]> = [
    ["padding of eight bits", "1fff"],
    ["padding that is not ones", "18"],
    ["the end of a string in it", "ffffffff"],
    ["half a symbol", "ffff"]
  ]
  for (const [what, hex] of broken) {
    it(`refuses ${what}`, () => {
      const coded = bytes(hex)
      assert.strictEqual(Huffman.decode(coded, 0, coded.length, new Uint8Array(16)), -1)
    })
  }

  const octets = Schema.Array(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 255 }))))

  it.prop("gives back any text, and has one form for each", [octets], ([text]) => {
    const coded = Huffman.encode(Uint8Array.from(text))
    assert.strictEqual(coded.length, Huffman.encodedLength(Uint8Array.from(text)))
    const out = new Uint8Array(Huffman.mostDecoded(coded.length))
    const length = Huffman.decode(coded, 0, coded.length, out)
    assert.deepStrictEqual([...out.subarray(0, length)], text)
  })

  it.prop("reads no bytes that it would not write", [octets], ([bytes]) => {
    const coded = Uint8Array.from(bytes)
    const out = new Uint8Array(Huffman.mostDecoded(coded.length))
    const length = Huffman.decode(coded, 0, coded.length, out)
    if (length >= 0) assert.deepStrictEqual(Huffman.encode(out.subarray(0, length)), coded)
  })
})

describe("HPACK", () => {
  // RFC 7541, appendix C. The number is what the table holds after each block.
  const conversations: Array<
    readonly [string, number, ReadonlyArray<readonly [string, ReadonlyArray<string>, number]>]
  > = [
    [
      "C.2.1",
      4096,
      [["400a637573746f6d2d6b65790d637573746f6d2d686561646572", ["custom-key: custom-header"], 55]]
    ],
    ["C.2.2", 4096, [["040c2f73616d706c652f70617468", [":path: /sample/path"], 0]]],
    ["C.2.3", 4096, [["100870617373776f726406736563726574", ["password: secret"], 0]]],
    ["C.2.4", 4096, [["82", [":method: GET"], 0]]],
    [
      "C.3",
      4096,
      [
        [
          "828684410f7777772e6578616d706c652e636f6d",
          [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"],
          57
        ],
        [
          "828684be58086e6f2d6361636865",
          [
            ":method: GET",
            ":scheme: http",
            ":path: /",
            ":authority: www.example.com",
            "cache-control: no-cache"
          ],
          110
        ],
        [
          "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
          [
            ":method: GET",
            ":scheme: https",
            ":path: /index.html",
            ":authority: www.example.com",
            "custom-key: custom-value"
          ],
          164
        ]
      ]
    ],
    [
      "C.4",
      4096,
      [
        [
          "828684418cf1e3c2e5f23a6ba0ab90f4ff",
          [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"],
          57
        ],
        [
          "828684be5886a8eb10649cbf",
          [
            ":method: GET",
            ":scheme: http",
            ":path: /",
            ":authority: www.example.com",
            "cache-control: no-cache"
          ],
          110
        ],
        [
          "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
          [
            ":method: GET",
            ":scheme: https",
            ":path: /index.html",
            ":authority: www.example.com",
            "custom-key: custom-value"
          ],
          164
        ]
      ]
    ],
    [
      "C.6, with a table of 256 bytes that evicts",
      256,
      [
        [
          "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
          [
            ":status: 302",
            "cache-control: private",
            "date: Mon, 21 Oct 2013 20:13:21 GMT",
            "location: https://www.example.com"
          ],
          222
        ],
        [
          "4883640effc1c0bf",
          [
            ":status: 307",
            "cache-control: private",
            "date: Mon, 21 Oct 2013 20:13:21 GMT",
            "location: https://www.example.com"
          ],
          222
        ],
        [
          "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
          [
            ":status: 200",
            "cache-control: private",
            "date: Mon, 21 Oct 2013 20:13:22 GMT",
            "location: https://www.example.com",
            "content-encoding: gzip",
            "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"
          ],
          215
        ]
      ]
    ]
  ]
  conversations.push([
    "C.5, with a table of 256 bytes that evicts",
    256,
    [
      [
        "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
        [
          ":status: 302",
          "cache-control: private",
          "date: Mon, 21 Oct 2013 20:13:21 GMT",
          "location: https://www.example.com"
        ],
        222
      ],
      [
        "4803333037c1c0bf",
        [
          ":status: 307",
          "cache-control: private",
          "date: Mon, 21 Oct 2013 20:13:21 GMT",
          "location: https://www.example.com"
        ],
        222
      ],
      [
        "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
        [
          ":status: 200",
          "cache-control: private",
          "date: Mon, 21 Oct 2013 20:13:22 GMT",
          "location: https://www.example.com",
          "content-encoding: gzip",
          "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"
        ],
        215
      ]
    ]
  ])
  for (const [name, tableBytes, blocks] of conversations) {
    it(`reads the RFC's example ${name}`, () => {
      const decoder = new HpackDecoder.Decoder({ ...limits, tableBytes })
      for (const [hex, fields, held] of blocks) {
        assert.deepStrictEqual(read(decoder, bytes(hex)), { code: ErrorCode.noError, fields })
        assert.strictEqual(decoder.tableBytes, held)
      }
    })
  }

  const hostile: ReadonlyArray<readonly [string, string, number]> = [
    ["an index of nothing", "80", ErrorCode.compressionError],
    ["an index past the table", "be", ErrorCode.compressionError],
    ["a name past the table", "7f0061", ErrorCode.compressionError],
    ["a number without end", "ffffffffffffffffff", ErrorCode.compressionError],
    ["a number that breaks off", "ff", ErrorCode.compressionError],
    ["a string longer than the block", "400a6162", ErrorCode.compressionError],
    ["a missing value", "4001", ErrorCode.compressionError],
    ["a table larger than allowed", "3fe21f", ErrorCode.compressionError],
    ["a table resized after a field", "8220", ErrorCode.compressionError],
    ["bad Huffman in a value", "0481ff", ErrorCode.compressionError]
  ]
  for (const [what, hex, code] of hostile) {
    it(`refuses ${what}`, () => assert.strictEqual(codeOf(hex), code))
  }

  it("reads the RFC's numbers, C.1", () => {
    // As sizes of the table, which begin within five bits: 10 and 1337. One less is too little room for either.
    for (const [hex, number] of [
      ["2a", 10],
      ["3f9a0a", 1337]
    ] as const) {
      assert.strictEqual(codeOf(`${hex}82`, { tableBytes: number }), ErrorCode.noError)
      assert.strictEqual(codeOf(`${hex}82`, { tableBytes: number - 1 }), ErrorCode.compressionError)
    }
  })

  it("takes a table resized before the first field", () => {
    assert.strictEqual(codeOf("20 3fe11f 82"), ErrorCode.noError)
  })

  it("refuses a bomb: one large entry, named again and again", () => {
    const value = Buffer.alloc(4000, "x").toString("hex")
    // 4000 = 127 + 3873, and 3873 = 0x21 + 128 * 30.
    assert.strictEqual(codeOf(`4001617fa11e${value}${"be".repeat(20)}`), ErrorCode.enhanceYourCalm)
  })

  const word = Schema.Literals([
    "a",
    "apns-id",
    ":status",
    "bc",
    "content-type",
    "x".repeat(60),
    "y".repeat(200)
  ])
  const change = Schema.Union([
    Schema.Tuple([word, word]),
    Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 700 })))
  ])
  it.prop(
    "keeps in its table what a list would keep that drops the oldest, whatever is put in and however it is resized",
    [Schema.Array(change)],
    ([changes]) => {
      const table = new HpackTable.Dynamic(300)
      let limit = 300
      let list: Array<readonly [string, string]> = []
      const size = () => list.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0)
      for (const one of changes) {
        if (typeof one === "number") {
          limit = one
          table.resize(one)
        } else {
          list = [one, ...list]
          table.insert(...one)
        }
        while (size() > limit) list.pop()
        assert.strictEqual(table.bytes, size())
        assert.strictEqual(table.length, list.length)
        list.forEach(([name, value], nth) => {
          assert.deepStrictEqual([table.name(62 + nth), table.value(62 + nth)], [name, value])
        })
        assert.isUndefined(table.name(62 + list.length))
        for (const [name, value] of list) {
          const found = table.find(name, value)
          assert.deepStrictEqual([table.name(found), table.value(found)], [name, value])
        }
      }
    }
  )

  it.prop(
    "holds no more than it may, whatever blocks it is sent",
    [Schema.Array(Schema.Array(Schema.Int))],
    ([blocks]) => {
      const decoder = new HpackDecoder.Decoder({ ...limits, tableBytes: 200 })
      for (const block of blocks) {
        const { code } = read(decoder, Buffer.from(block))
        assert.isAtMost(decoder.tableBytes, 200)
        if (code !== ErrorCode.noError) return
      }
    }
  )

  it("keeps what an encoder writes within the table the reader allows, through every change of it", () => {
    const encoder = new HpackEncoder.Encoder()
    const decoder = new HpackDecoder.Decoder(limits)
    const block = (fields: ReadonlyArray<readonly [string, string]>) => {
      const out: Array<number> = []
      encoder.begin(out)
      for (const [name, value] of fields) encoder.field(out, name, value)
      return Buffer.from(out)
    }
    for (let turn = 0; turn < 200; turn++) {
      if (turn % 7 === 3) encoder.resize([0, 64, 100, 4096, 1_000_000][turn % 5]!)
      if (turn % 14 === 3) encoder.resize(50)
      const fields = [
        [":method", "POST"],
        ["apns-topic", `topic-${turn % 3}`],
        ["apns-id", `id-${turn}`],
        ["authorization", `bearer ${"x".repeat(turn)}`]
      ] as const
      assert.deepStrictEqual(read(decoder, block(fields)), {
        code: ErrorCode.noError,
        fields: fields.map(([name, value]) => `${name}: ${value}`)
      })
    }
  })

  it("indexes what Apple wants indexed, and nothing else", () => {
    const encoder = new HpackEncoder.Encoder()
    const first = (name: string, value: string) => {
      const out: Array<number> = []
      encoder.field(out, name, value)
      return out[0]! >>> 4
    }
    assert.strictEqual(first("apns-topic", "a"), 4)
    assert.isAtLeast(first("apns-topic", "a"), 8)
    assert.strictEqual(first(":path", "/3/device/00"), 0)
    assert.strictEqual(first("authorization", "bearer x"), 1)
    assert.strictEqual(first("apns-id", "1"), 4)
    assert.strictEqual(first("apns-id", "2"), 0)
    assert.strictEqual(HpackTable.fixed.length, 61)
  })

  it.prop("answers any bytes with a code", [Schema.Array(Schema.Int)], ([numbers]) => {
    const block = Buffer.from(numbers)
    const { code } = read(new HpackDecoder.Decoder(limits), block)
    return [ErrorCode.noError, ErrorCode.compressionError, ErrorCode.enhanceYourCalm].includes(code)
  })
})
