/** Of the HTTP side. Node's own defaults are wider (60 s headers, 300 s request, unlimited connections). */
export const HTTP_LIMITS = {
	maxHeaderSize: 16 * 1024,
	headersTimeout: 10_000,
	/** For the request to arrive; an answer may take for ever. */
	requestTimeout: 30_000,
	connectionsCheckingInterval: 5_000,
	maxConnections: 256,
} as const;

export const WS_LIMITS = {
	/** Above the protocol's 4 MiB, so that the error can name that limit; above this the socket is closed. Bytes. */
	maxPayload: 16 * 1024 * 1024,
	/** Silent peers are dropped after two of these. Ms. */
	pingEvery: 20_000,
	/** Requests of one socket that are being answered at once. */
	maxInFlight: 256,
} as const;
