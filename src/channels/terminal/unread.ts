/** What was printed a moment ago cannot have been read: an approval within this time was meant for what stood before. Ms. */
export const UNREAD = 700;
