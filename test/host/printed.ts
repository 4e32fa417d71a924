/** Starts every line that the tests print, so that it can be told from the extension host's own log. */
export const PRINTED = "mocha ";
