// The page that an editor shows of an installed extension. It draws no picture but one from the web and follows no link into
// the repository: the one goes, of the other the text stays.
import { readFileSync } from "node:fs";

export const extensionPage = () =>
	readFileSync("README.md", "utf8")
		.replace(/^!\[[^\]]*\]\((?!https:)[^)]+\)\n\n/gm, "")
		.replace(/\[([^[\]]+)\]\((?!#|https:)[^)]+\)/g, "$1");
