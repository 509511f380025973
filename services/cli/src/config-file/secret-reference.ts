const REFERENCE = /^(password|secretAccessKey|secret)(Env|File)$/

/** The field of an entry that says where its secret is. */
export const secretReference = (entry: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(entry).filter(([name]) => REFERENCE.test(name)))
