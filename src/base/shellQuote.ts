/** A word for a POSIX shell: whatever is in it, it stays one word and means itself. */
export const shellQuote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
