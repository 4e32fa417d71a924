type Call = (name: string, object: object, method: (...args: never[]) => unknown, args: unknown[]) => unknown;

/** Each operation of it goes through `call`, by its name behind the prefix. */
export const wrapped = <T extends object>(target: T, prefix: string, call: Call): T =>
	new Proxy(target, {
		get: (object, property) => {
			const value = Reflect.get(object, property);
			if (typeof value !== "function") return value;
			return (...args: unknown[]) => call(`${prefix}${String(property)}`, object, value as never, args);
		},
	});
