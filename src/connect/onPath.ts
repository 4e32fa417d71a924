import { delimiter, join } from "node:path";
import { isExecutable } from "../store/executable.ts";

export const isOnPath = (program: string): boolean =>
	(process.env.PATH ?? "").split(delimiter).some((folder) => isExecutable(join(folder, program)));
