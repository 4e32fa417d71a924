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

export const MESSAGE_TOO_LARGE =
	'A message has at most 4 MiB. PUT larger content to /v1/blobs/{sha256} and send {"blob": sha256}.';

/** Of what a client takes from an address that has not proved to be the gate's. */
export const UNPROVEN_LIMITS = {
	/** Ms. */
	timeout: 5_000,
	/** Bytes. */
	answer: 64 * 1024,
} as const;
