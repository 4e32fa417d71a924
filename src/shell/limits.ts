/** A longer text is for a person alone. Characters. */
export const MAX_TEXT = 32 * 1024;

/**
 * A longer one is read by a thread of its own. What a text can do to the parser grows with its square, and by its own time
 * limit it is stopped only between two steps: 32 KiB of `a|` take 1.5 s and 2 GiB in one of them, and then end it for good.
 * Of 1,024 characters no step was seen to take more than 31 ms. Characters.
 */
export const SHORT_TEXT = 1024;

/** No program can be given a NUL, and the parser takes minutes over many. */
export const isReadable = (text: string) => text.length <= MAX_TEXT && !text.includes("\0");

/** What takes longer to read is for a person alone: a grammar can be led astray, and meanwhile nobody is answered. Ms of work. */
export const MAX_TIME = 100;

/** In a thread, where only the one who asks waits, and the work of all the other threads is counted too. Ms of work. */
export const MAX_TIME_APART = 1000;
