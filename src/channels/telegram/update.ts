import * as z from "zod";

const person = z.object({ id: z.int(), is_bot: z.boolean(), username: z.string().optional() });
const messageSchema = z.object({
	message_id: z.int(),
	chat: z.object({ id: z.int() }),
	from: person.optional(),
	text: z.string().optional(),
	sender_chat: z.unknown().optional(),
	forward_origin: z.unknown().optional(),
	via_bot: z.unknown().optional(),
	reply_to_message: z.object({ message_id: z.int() }).optional(),
});
const schema = z.object({
	update_id: z.int().nonnegative(),
	callback_query: z
		.object({
			id: z.string(),
			from: person,
			message: messageSchema.optional(),
			data: z.string().optional(),
		})
		.optional(),
	message: messageSchema.optional(),
});

/** Something that people did, as the API vouches for it; of it, what we look at. */
export type Update = z.infer<typeof schema>;
export type Query = NonNullable<Update["callback_query"]>;
export type Written = NonNullable<Update["message"]>;

/** Undefined: nothing that a bot of ours hears. */
export const readUpdate = (raw: unknown): Update | undefined => schema.safeParse(raw).data;
