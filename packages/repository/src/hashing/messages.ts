export type ToThread =
  | { id: number; chunk: Uint8Array }
  | { id: number; digest: true }
  | { id: number; drop: true }

export type FromThread = { id: number; taken: number } | { id: number; digest: string }
