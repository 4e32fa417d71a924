/** A word for a POSIX shell: whatever is in it, it stays one word and means itself. */
export const shellQuote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** What `shellQuote` made a word of. */
export const shellUnquote = (word: string) => word.slice(1, -1).replaceAll("'\\''", "'");
