import * as z from "zod";

/** What an agent asks leave for, discriminated by `tool`. Other fields are refused, at every level. */

const path = z
	.string()
	.min(1, "a path must not be empty")
	.max(4096, "a path has at most 4096 characters")
	.refine((text) => !text.includes("\0"), "a path must not hold a NUL");
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256 is 64 lower-case hex digits");
const base = sha256.nullable().optional();
const cwd = path.optional();

export const contentSchema = z.union([
	z.string(),
	z.strictObject({ base64: z.base64("not base64") }),
	z.strictObject({ blob: sha256 }),
]);

const editSchema = z.strictObject({
	old: z.string().min(1, "the text to replace must not be empty"),
	new: z.string(),
	all: z.boolean().optional(),
});

const fileWrite = z.strictObject({
	tool: z.literal("file_write"),
	path,
	content: contentSchema.optional(),
	edits: z.array(editSchema).min(1, "edits must not be empty").max(1000, "at most 1000 edits").optional(),
	base,
	cwd,
});
const fileDelete = z.strictObject({
	tool: z.literal("file_delete"),
	path,
	recursive: z.boolean().optional(),
	base,
	cwd,
});
const fileRename = z.strictObject({ tool: z.literal("file_rename"), from: path, to: path, base, cwd });

const environment = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "not an environment name"), z.string());

const oneOf = (action: { content?: unknown; edits?: unknown }) =>
	(action.content === undefined) !== (action.edits === undefined);
const fileWriteChecked = fileWrite.refine(oneOf, "give either content or edits");
/** Inside `changes` the `cwd` of the whole counts; a second one could be shown and not meant. */
const fileAction = z.discriminatedUnion("tool", [
	fileWrite.omit({ cwd: true }).refine(oneOf, "give either content or edits"),
	fileDelete.omit({ cwd: true }),
	fileRename.omit({ cwd: true }),
]);

export const actionSchema = z.discriminatedUnion("tool", [
	fileWriteChecked,
	fileDelete,
	fileRename,
	z.strictObject({ tool: z.literal("changes"), changes: z.array(fileAction).min(1).max(1000), cwd }),
	z
		.strictObject({
			tool: z.literal("shell_execute"),
			command: z.string().min(1).optional(),
			argv: z.array(z.string()).min(1).optional(),
			cwd,
			env: environment.optional(),
		})
		.refine((action) => (action.command === undefined) !== (action.argv === undefined), "give either command or argv"),
	z.strictObject({
		tool: z.literal("api_call"),
		method: z.string().regex(/^[A-Za-z]{1,32}$/, "not an HTTP method"),
		url: z.string().min(1),
		headers: z.record(z.string(), z.string()).optional(),
		body: z.string().optional(),
	}),
	z.strictObject({ tool: z.literal("send_message"), to: z.string().min(1), text: z.string() }),
	z.strictObject({
		tool: z.literal("mcp_call"),
		server: z.string().min(1),
		name: z.string().min(1),
		arguments: z.record(z.string(), z.json()),
	}),
	z.strictObject({ tool: z.literal("file_read"), path, cwd }),
	z.strictObject({ tool: z.literal("log_write"), text: z.string() }),
	z.strictObject({ tool: z.literal("custom"), name: z.string().min(1), arguments: z.record(z.string(), z.json()) }),
]);

export type Action = z.infer<typeof actionSchema>;
export type FileWrite = z.infer<typeof fileWrite>;
export type FileDelete = z.infer<typeof fileDelete>;
export type Edit = z.infer<typeof editSchema>;
export type Content = z.infer<typeof contentSchema>;
