/** Why a stream or a connection ends, as both sides say it on the wire (RFC 9113 7). */
export const noError = 0x0
export const protocolError = 0x1
export const internalError = 0x2
export const flowControlError = 0x3
export const settingsTimeout = 0x4
export const streamClosed = 0x5
export const frameSizeError = 0x6
export const refusedStream = 0x7
export const cancel = 0x8
export const compressionError = 0x9
export const connectError = 0xa
export const enhanceYourCalm = 0xb
export const inadequateSecurity = 0xc
export const http11Required = 0xd
